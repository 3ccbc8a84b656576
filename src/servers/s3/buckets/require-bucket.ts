/**
 * The bucket that a request names.
 * @module
 */
import type { Bucket } from '../model/bucket.ts';
import type { Call } from '../protocol/operation.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { ACCOUNT_ID } from './account.ts';

/**
 * @throws S3Error `NoSuchBucket`; `AccessDenied` where `x-amz-expected-bucket-owner` names another account
 */
export function requireBucket(call: Call): Bucket {
  const bucket = call.catalog.bucket(call.bucket);
  if (bucket === undefined) {
    throw new S3Error('NoSuchBucket', 'The specified bucket does not exist', {
      detail: { BucketName: call.bucket },
    });
  }
  const expected = call.headers['x-amz-expected-bucket-owner'];
  if (expected === undefined || expected === ACCOUNT_ID) return bucket;
  throw new S3Error('AccessDenied', 'Access Denied');
}
