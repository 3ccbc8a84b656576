/**
 * AbortMultipartUpload.
 * @module
 */
import { requireBucket } from '../buckets/require-bucket.ts';
import type { Call, Operation, Reply } from '../protocol/operation.ts';
import { requireUpload } from './require-upload.ts';

export const abortMultipartUpload: Operation = {
  name: 'AbortMultipartUpload',
  action: 's3:AbortMultipartUpload',
  level: 'object',
  method: 'DELETE',
  selectors: ['uploadId'],
  parameters: [],
  effect: 'changes',
  run,
};

async function run(call: Call): Promise<Reply> {
  await call.catalog.write(() => {
    requireBucket(call);
    call.catalog.removeUpload(requireUpload(call).id, []);
  });
  return { status: 204 };
}
