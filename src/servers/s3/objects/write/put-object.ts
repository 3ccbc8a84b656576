/**
 * PutObject.
 * @module
 */
import { requireBucket } from '../../buckets/require-bucket.ts';
import { encryptionHeaders } from '../../encryption/encryption-headers.ts';
import { readEncryptionWish } from '../../encryption/read-encryption-wish.ts';
import { readLockHeaders } from '../../lock/read-lock-headers.ts';
import type { BodySummary, Call, Operation, Reply } from '../../protocol/operation.ts';
import { checksumHeaders, quoted } from '../answer-headers.ts';
import { versionHeaders } from '../find-version.ts';
import { readObjectHeaders } from '../object-headers.ts';
import { readWriteCondition } from '../preconditions.ts';
import { assertTagsNotDenied } from '../tagging/assert-tags-not-denied.ts';
import { assertVouchedFor } from './body-integrity.ts';
import { assertWritable, opaqueEtag, storeVersion } from './store-version.ts';

export const putObject: Operation = {
  name: 'PutObject',
  action: 's3:PutObject',
  level: 'object',
  method: 'PUT',
  selectors: [],
  parameters: [],
  effect: 'creates',
  run,
};

async function run(call: Call): Promise<Reply> {
  const bucket = requireBucket(call);
  const asked = { ...readObjectHeaders(call), lock: readLockHeaders(call, bucket) };
  assertVouchedFor(call, asked.lock, 'Put Object');
  assertTagsNotDenied(call, asked.tags);
  const condition = readWriteCondition(call);
  assertWritable(call, condition);
  const wish = readEncryptionWish(call, bucket);
  const { dataKey, record } = await call.keyring.create(call, wish);
  using _ = dataKey;
  const body = call.body({ wantsMd5: record.kind === 'sse-s3' });
  const version = await storeVersion(call, {
    entry: { ...asked, encryption: record },
    dataKey,
    condition,
    bytes: body,
    describe: () => describe(call, body.summary(), record.kind === 'sse-s3'),
  });
  return {
    status: 200,
    headers: {
      etag: quoted(version.etag),
      ...versionHeaders(requireBucket(call), version),
      ...encryptionHeaders(record),
      ...checksumHeaders(version.checksum),
    },
  };
}

function describe(call: Call, body: BodySummary, isMd5: boolean) {
  const etag = isMd5 && body.md5 !== undefined ? body.md5 : opaqueEtag(call);
  const checksum = body.checksum && { ...body.checksum, type: 'FULL_OBJECT' as const };
  return { etag, checksum };
}
