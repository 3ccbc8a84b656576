/**
 * UploadPart.
 * @module
 */
import { requireBucket } from '../../buckets/require-bucket.ts';
import { readCustomerKey } from '../../encryption/customer-key.ts';
import { encryptionHeaders } from '../../encryption/encryption-headers.ts';
import { withDefaultRetention } from '../../lock/default-retention.ts';
import type { ObjectLock } from '../../model/object-version.ts';
import { isBodyVouchedFor } from '../../objects/write/body-integrity.ts';
import type { Call, Operation, Reply } from '../../protocol/operation.ts';
import { S3Error } from '../../protocol/s3-error.ts';
import { readPartNumber } from './read-part-number.ts';
import { requireOwnUpload } from '../require-upload.ts';
import { writePart } from './write-part.ts';

export const uploadPart: Operation = {
  name: 'UploadPart',
  action: 's3:PutObject',
  level: 'object',
  method: 'PUT',
  selectors: ['partNumber', 'uploadId'],
  parameters: [],
  effect: 'creates',
  run,
};

async function run(call: Call): Promise<Reply> {
  const objectBucket = requireBucket(call);
  const number = readPartNumber(call);
  const upload = requireOwnUpload(call);
  assertVouchedFor(call, withDefaultRetention(upload.lock, objectBucket, call.nowMs));
  const { bucket, key, encryption } = upload;
  using dataKey = await call.keyring.open({ bucket, key }, encryption, readCustomerKey(call));
  const body = call.body({
    wantsMd5: encryption.kind === 'sse-s3',
    wantsChecksum: upload.checksum?.algorithm,
  });
  const part = await writePart(call, upload, { number, dataKey: dataKey.bytes, body });
  const checksum = body.summary().checksum;
  return {
    status: 200,
    headers: {
      etag: `"${part.etag}"`,
      ...(checksum && { [`x-amz-checksum-${checksum.algorithm.toLowerCase()}`]: checksum.value }),
      ...encryptionHeaders(encryption),
    },
  };
}

/** What cannot be taken back must have arrived as it was sent. */
function assertVouchedFor(call: Call, lock: ObjectLock): void {
  const isLocked = lock.mode !== undefined || lock.isHeld;
  if (!isLocked || isBodyVouchedFor(call, 'signed too')) return;
  const what = 'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Part requests';
  throw new S3Error('InvalidRequest', `${what} with Object Lock parameters`);
}
