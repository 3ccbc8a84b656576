/**
 * The version whose lock a request is about.
 * @module
 */
import { requireBucket } from '../buckets/require-bucket.ts';
import type { ObjectVersion } from '../model/object-version.ts';
import { findVersion } from '../objects/find-version.ts';
import type { Call } from '../protocol/operation.ts';
import { S3Error } from '../protocol/s3-error.ts';

/** @throws S3Error `InvalidRequest` for a bucket without Object Lock, and what `findVersion` throws */
export function findLockable(call: Call): ObjectVersion {
  const bucket = requireBucket(call);
  if (bucket.objectLock === undefined) {
    throw new S3Error('InvalidRequest', 'Bucket is missing Object Lock Configuration');
  }
  const versionId = call.query.get('versionId');
  return findVersion(call.catalog, { bucket, key: call.key, versionId });
}

export function noLock(): S3Error {
  return new S3Error(
    'NoSuchObjectLockConfiguration',
    'The specified object does not have a ObjectLock configuration',
  );
}
