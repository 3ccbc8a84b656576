/**
 * The lock that a new object is to have: what its headers ask for, else the default of its bucket.
 * @module
 */
import type { Bucket, RetentionMode } from '../model/bucket.ts';
import { NO_LOCK } from '../model/object-version.ts';
import type { ObjectLock } from '../model/object-version.ts';
import type { Call } from '../protocol/operation.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { withDefaultRetention } from './default-retention.ts';
import { parseRetainUntil } from './parse-retain-until.ts';

/**
 * The lock of an object that is written now. Reads `x-amz-object-lock-mode`, `-retain-until-date` and
 * `-legal-hold`; where no retention is asked for, the bucket's default counts from now.
 * @throws S3Error `InvalidRequest` for a bucket without Object Lock, `InvalidArgument` for what is
 * incomplete, unknown or in the past
 */
export function readLockHeaders(call: Call, bucket: Bucket): ObjectLock {
  return withDefaultRetention(readAskedLock(call, bucket), bucket, call.nowMs);
}

/** As `readLockHeaders`, without the bucket's default: for what is completed later. */
export function readAskedLock(call: Call, bucket: Bucket): ObjectLock {
  const mode = call.headers['x-amz-object-lock-mode'];
  const until = call.headers['x-amz-object-lock-retain-until-date'];
  const hold = call.headers['x-amz-object-lock-legal-hold'];
  if (mode === undefined && until === undefined && hold === undefined) return NO_LOCK;
  if (bucket.objectLock === undefined) {
    throw new S3Error('InvalidRequest', 'Bucket is missing Object Lock Configuration');
  }
  if ((mode === undefined) !== (until === undefined)) {
    const names = 'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode';
    throw new S3Error('InvalidArgument', `${names} must both be supplied`);
  }
  return {
    mode: mode === undefined ? undefined : readMode(mode),
    retainUntilMs: until === undefined ? undefined : parseRetainUntil(until, call.nowMs),
    isHeld: hold !== undefined && readHold(hold),
  };
}

function readMode(text: string): RetentionMode {
  if (text === 'GOVERNANCE' || text === 'COMPLIANCE') return text;
  throw new S3Error('InvalidArgument', 'Unknown wormMode directive.');
}

function readHold(text: string): boolean {
  if (text === 'ON' || text === 'OFF') return text === 'ON';
  throw new S3Error('InvalidArgument', "Legal Hold must be either of 'ON' or 'OFF'");
}
