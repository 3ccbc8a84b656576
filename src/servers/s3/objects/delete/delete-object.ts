/**
 * DeleteObject: a version for good, or, in a bucket with versioning, a marker on top.
 * @module
 */
import { requireBucket } from '../../buckets/require-bucket.ts';
import type { Call, Operation, Reply } from '../../protocol/operation.ts';
import { S3Error } from '../../protocol/s3-error.ts';
import { readWriteCondition } from '../preconditions.ts';
import { removeObject } from './remove-object.ts';

export const deleteObject: Operation = {
  name: 'DeleteObject',
  action: (call) => (call.query.has('versionId') ? 's3:DeleteObjectVersion' : 's3:DeleteObject'),
  level: 'object',
  method: 'DELETE',
  selectors: [],
  parameters: ['versionId'],
  effect: 'changes',
  run,
};

/** Of directory buckets. */
const UNSUPPORTED = ['x-amz-if-match-last-modified-time', 'x-amz-if-match-size'];

async function run(call: Call): Promise<Reply> {
  const unsupported = UNSUPPORTED.find((name) => call.headers[name] !== undefined);
  if (unsupported !== undefined) {
    throw new S3Error('NotImplemented', `The header ${unsupported} is not understood here.`);
  }
  const condition = readWriteCondition(call);
  const { key } = call;
  const versionId = call.query.get('versionId');
  const removed = await call.catalog.write(() =>
    removeObject(call, requireBucket(call), { key, versionId, condition }),
  );
  return {
    status: 204,
    headers: {
      'x-amz-delete-marker': removed.isDeleteMarker ? 'true' : undefined,
      'x-amz-version-id': removed.versionId,
    },
  };
}
