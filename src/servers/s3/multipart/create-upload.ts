/**
 * CreateMultipartUpload: what the object is to be is said here, and kept until it is completed.
 * @module
 */
import { requireBucket } from '../buckets/require-bucket.ts';
import { encryptionHeaders } from '../encryption/encryption-headers.ts';
import { readEncryptionWish } from '../encryption/read-encryption-wish.ts';
import { readAskedLock } from '../lock/read-lock-headers.ts';
import type { Upload } from '../model/upload.ts';
import { readObjectHeaders } from '../objects/object-headers.ts';
import { assertTagsNotDenied } from '../objects/tagging/assert-tags-not-denied.ts';
import type { Call, Operation, Reply } from '../protocol/operation.ts';
import { element, xmlDocument } from '../protocol/xml.ts';
import { assertNewKey } from './assert-new-key.ts';
import { readChecksumWish } from './checksums/checksum-wish.ts';
import { echoedKey } from './echoed-key.ts';

export const createMultipartUpload: Operation = {
  name: 'CreateMultipartUpload',
  action: 's3:PutObject',
  level: 'object',
  method: 'POST',
  selectors: ['uploads'],
  parameters: [],
  effect: 'creates',
  run,
};

async function run(call: Call): Promise<Reply> {
  const bucket = requireBucket(call);
  // It could not be completed. What counts is the check when it is.
  assertNewKey(call.principal, call.catalog.latest(call.bucket, call.key));
  const asked = {
    ...readObjectHeaders(call),
    lock: readAskedLock(call, bucket),
    checksum: readChecksumWish(call),
  };
  assertTagsNotDenied(call, asked.tags);
  const wish = readEncryptionWish(call, bucket);
  const { dataKey, record } = await call.keyring.create(call, wish);
  // Each part opens it again.
  dataKey[Symbol.dispose]();
  const upload: Upload = {
    id: Buffer.from(call.random(16)).toString('hex'),
    bucket: call.bucket,
    key: call.key,
    startedMs: call.nowMs,
    owner: call.principal.accessKeyId,
    encryption: record,
    ...asked,
  };
  await call.catalog.write(() => {
    requireBucket(call);
    call.catalog.insertUpload(upload);
  });
  return answer(upload);
}

function answer(upload: Upload): Reply {
  return {
    status: 200,
    headers: {
      ...encryptionHeaders(upload.encryption),
      'x-amz-checksum-algorithm': upload.checksum?.algorithm,
      'x-amz-checksum-type': upload.checksum?.type,
    },
    body: xmlDocument('InitiateMultipartUploadResult', [
      element('Bucket', upload.bucket),
      element('Key', echoedKey(upload.key)),
      element('UploadId', upload.id),
    ]),
  };
}
