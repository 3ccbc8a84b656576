/**
 * Whether a client says by what its body can be verified.
 * @module
 */
import type { ObjectLock } from '../../model/object-version.ts';
import type { Call } from '../../protocol/operation.ts';
import { S3Error } from '../../protocol/s3-error.ts';

/**
 * What cannot be taken back must have arrived as it was sent.
 * @param lock that what is written will have
 * @param what `Put Object` or `Put Part`
 * @throws S3Error `InvalidRequest`
 */
export function assertVouchedFor(
  call: Pick<Call, 'headers'>,
  lock: ObjectLock,
  what: 'Put Object' | 'Put Part',
): void {
  const isLocked = lock.mode !== undefined || lock.isHeld;
  if (!isLocked || isBodyVouchedFor(call, 'signed too')) return;
  const needed = `Content-MD5 OR x-amz-checksum- HTTP header is required for ${what} requests`;
  throw new S3Error('InvalidRequest', `${needed} with Object Lock parameters`);
}

/**
 * A Content-MD5, or a checksum in a header or a trailer.
 * @param also a signature over the body proves as much
 */
export function isBodyVouchedFor(call: Pick<Call, 'headers'>, also?: 'signed too'): boolean {
  const { headers } = call;
  if (headers['content-md5'] !== undefined || headers['x-amz-trailer'] !== undefined) return true;
  const names = Object.keys(headers).filter((name) => headers[name] !== undefined);
  if (names.some((name) => /^x-amz-checksum-(crc|sha)/.test(name))) return true;
  const hash = headers['x-amz-content-sha256'] ?? '';
  return also !== undefined && /^([0-9a-f]{64}|STREAMING-AWS4-HMAC-SHA256-PAYLOAD.*)$/.test(hash);
}
