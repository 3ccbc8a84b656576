/**
 * Operations on buckets, for the router.
 * @module
 */
import type { Call, Operation, Reply } from '../protocol/operation.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { xmlDocument } from '../protocol/xml.ts';
import { aclOperations } from './acl-operations.ts';
import { bucketEncryptionOperations } from './bucket-encryption.ts';
import { bucketTagOperations } from './bucket-tags.ts';
import { bucketVersioningOperations } from './bucket-versioning.ts';
import { createBucket } from './create-bucket.ts';
import { listBuckets } from './list-buckets.ts';
import { requireBucket } from './require-bucket.ts';

export const bucketOperations: readonly Operation[] = [
  listBuckets,
  createBucket,
  {
    name: 'HeadBucket',
    action: 's3:ListBucket',
    level: 'bucket',
    method: 'HEAD',
    selectors: [],
    parameters: [],
    effect: 'reads',
    run: head,
  },
  {
    name: 'DeleteBucket',
    action: 's3:DeleteBucket',
    level: 'bucket',
    method: 'DELETE',
    selectors: [],
    parameters: [],
    effect: 'changes',
    run: remove,
  },
  {
    name: 'GetBucketLocation',
    action: 's3:GetBucketLocation',
    level: 'bucket',
    method: 'GET',
    selectors: ['location'],
    parameters: [],
    effect: 'reads',
    run: getLocation,
  },
  ...bucketVersioningOperations,
  ...bucketEncryptionOperations,
  ...bucketTagOperations,
  ...aclOperations,
];

async function head(call: Call): Promise<Reply> {
  requireBucket(call);
  const headers = { 'x-amz-bucket-region': call.region, 'x-amz-access-point-alias': 'false' };
  return { status: 200, headers };
}

async function remove(call: Call): Promise<Reply> {
  await call.catalog.write(() => {
    requireBucket(call);
    if (!call.catalog.isBucketEmpty(call.bucket)) {
      throw new S3Error('BucketNotEmpty', 'The bucket you tried to delete is not empty', {
        detail: { BucketName: call.bucket },
      });
    }
    call.catalog.removeBucket(call.bucket);
  });
  return { status: 204 };
}

/** AWS says nothing for us-east-1. */
async function getLocation(call: Call): Promise<Reply> {
  requireBucket(call);
  const location = call.region === 'us-east-1' ? undefined : call.region;
  return { status: 200, body: xmlDocument('LocationConstraint', location) };
}
