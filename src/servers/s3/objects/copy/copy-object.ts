/**
 * CopyObject: the bytes are read, decrypted, and encrypted anew under a key of the copy's own.
 * @module
 */
import { requireBucket } from '../../buckets/require-bucket.ts';
import { readCustomerKey, SOURCE_PREFIX } from '../../encryption/customer-key.ts';
import { encryptionHeaders } from '../../encryption/encryption-headers.ts';
import { readEncryptionWish } from '../../encryption/read-encryption-wish.ts';
import { readLockHeaders } from '../../lock/read-lock-headers.ts';
import type { ObjectVersion } from '../../model/object-version.ts';
import type { Call, Operation, Reply } from '../../protocol/operation.ts';
import { S3Error } from '../../protocol/s3-error.ts';
import { element, optionalElement, xmlDocument } from '../../protocol/xml.ts';
import { quoted } from '../answer-headers.ts';
import { versionHeaders } from '../find-version.ts';
import { readWriteCondition } from '../preconditions.ts';
import { readObject } from '../read-object.ts';
import { assertTagsNotDenied } from '../tagging/assert-tags-not-denied.ts';
import { assertWritable, storeVersion } from '../write/store-version.ts';
import { assertChangesItself, readCopyHeaders } from './copy-headers.ts';
import { findSource } from './copy-source.ts';
import { digestPlan } from './digest-plan.ts';

export const copyObject: Operation = {
  name: 'CopyObject',
  action: 's3:PutObject',
  level: 'object',
  method: 'PUT',
  selectors: [],
  selectingHeader: 'x-amz-copy-source',
  parameters: [],
  effect: 'creates',
  run,
};

const SIZE_MAX = 5 * 1024 ** 3;

async function run(call: Call): Promise<Reply> {
  const bucket = requireBucket(call);
  const source = findSource(call);
  assertCopyableSize(source);
  const asked = { ...readCopyHeaders(call, source), lock: readLockHeaders(call, bucket) };
  assertTagsNotDenied(call, asked.tags);
  assertChangesItself(call, source);
  const condition = readWriteCondition(call);
  assertWritable(call, condition);
  const wish = readEncryptionWish(call, bucket);
  const sourceKey = readCustomerKey(call, SOURCE_PREFIX);
  using _held = call.extents.hold(source.extents);
  using from = await call.keyring.open(source, source.encryption, sourceKey);
  const { dataKey, record } = await call.keyring.create(call, wish);
  using _ = dataKey;
  const plan = digestPlan(call, source, record);
  const version = await storeVersion(call, {
    entry: { ...asked, encryption: record },
    dataKey,
    condition,
    bytes: plan.through(readObject(call.extents, source, from.bytes)),
    describe: () => plan.describe(),
  });
  return answer(call, source, version);
}

function assertCopyableSize(source: ObjectVersion): void {
  if (source.sizeBytes <= SIZE_MAX) return;
  const what =
    'The specified copy source is larger than the maximum allowable size for a copy source';
  throw new S3Error('InvalidRequest', `${what}: ${SIZE_MAX}`);
}

function answer(call: Call, source: ObjectVersion, version: ObjectVersion): Reply {
  const { checksum } = version;
  const isVersioned = call.catalog.bucket(source.bucket)?.versioning !== undefined;
  return {
    status: 200,
    headers: {
      ...versionHeaders(requireBucket(call), version),
      ...(isVersioned && { 'x-amz-copy-source-version-id': source.versionId }),
      ...encryptionHeaders(version.encryption),
    },
    body: xmlDocument('CopyObjectResult', [
      element('LastModified', new Date(version.modifiedMs).toISOString()),
      element('ETag', quoted(version.etag)),
      checksum && element(`Checksum${checksum.algorithm}`, checksum.value),
      optionalElement('ChecksumType', checksum?.type),
    ]),
  };
}
