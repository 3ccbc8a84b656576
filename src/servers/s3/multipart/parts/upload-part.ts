/**
 * UploadPart.
 * @module
 */
import { requireBucket } from '../../buckets/require-bucket.ts';
import { readCustomerKey } from '../../encryption/customer-key.ts';
import { encryptionHeaders } from '../../encryption/encryption-headers.ts';
import { withDefaultRetention } from '../../lock/default-retention.ts';
import { assertVouchedFor } from '../../objects/write/body-integrity.ts';
import type { Call, Operation, Reply } from '../../protocol/operation.ts';
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
  const lock = withDefaultRetention(upload.lock, objectBucket, call.nowMs);
  assertVouchedFor(call, lock, 'Put Part');
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
