/**
 * Operations on the lifecycle of a bucket.
 * @module
 */
import { requireBucket } from '../buckets/require-bucket.ts';
import type { Call, Operation, Reply } from '../protocol/operation.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { parseLifecycle } from './parse-lifecycle.ts';
import { writeLifecycle } from './write-lifecycle.ts';

/** A thousand rules of a kilobyte. */
const DOCUMENT_BYTES_MAX = 1024 * 1024;

const ofLifecycle = { level: 'bucket', selectors: ['lifecycle'], parameters: [] } as const;

export const lifecycleOperations: readonly Operation[] = [
  {
    ...ofLifecycle,
    name: 'GetBucketLifecycleConfiguration',
    action: 's3:GetLifecycleConfiguration',
    method: 'GET',
    effect: 'reads',
    run: async (call) => {
      const { lifecycle } = requireBucket(call);
      if (lifecycle !== undefined) return { status: 200, body: lifecycle };
      throw new S3Error(
        'NoSuchLifecycleConfiguration',
        'The lifecycle configuration does not exist',
        { detail: { BucketName: call.bucket } },
      );
    },
  },
  {
    ...ofLifecycle,
    name: 'PutBucketLifecycleConfiguration',
    action: 's3:PutLifecycleConfiguration',
    method: 'PUT',
    effect: 'changes',
    run: putLifecycle,
  },
  {
    ...ofLifecycle,
    name: 'DeleteBucketLifecycle',
    action: 's3:PutLifecycleConfiguration',
    method: 'DELETE',
    effect: 'changes',
    run: async (call) => {
      await setLifecycle(call, undefined);
      return { status: 204 };
    },
  },
];

async function putLifecycle(call: Call): Promise<Reply> {
  requireBucket(call);
  const newId = () => Buffer.from(call.random(16)).toString('hex');
  const rules = parseLifecycle(await call.document(DOCUMENT_BYTES_MAX), newId);
  await setLifecycle(call, writeLifecycle(rules));
  return { status: 200 };
}

async function setLifecycle(call: Call, lifecycle: string | undefined): Promise<void> {
  await call.catalog.write(() => {
    requireBucket(call);
    call.catalog.updateBucket(call.bucket, { lifecycle });
  });
}
