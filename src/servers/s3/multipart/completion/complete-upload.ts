/**
 * CompleteMultipartUpload. No bytes are copied: what the parts are stored in becomes the object, in the one
 * transaction that ends the upload.
 * @module
 */
import { requireBucket } from '../../buckets/require-bucket.ts';
import { commitVersion } from '../../catalog/commit-version.ts';
import { encryptionHeaders } from '../../encryption/encryption-headers.ts';
import { withDefaultRetention } from '../../lock/default-retention.ts';
import type { Bucket } from '../../model/bucket.ts';
import type { ObjectVersion } from '../../model/object-version.ts';
import type { Upload, UploadedPart } from '../../model/upload.ts';
import { versionHeaders } from '../../objects/find-version.ts';
import { readWriteCondition } from '../../objects/preconditions.ts';
import type { Call, Operation, Reply } from '../../protocol/operation.ts';
import { element, optionalElement, xmlDocument } from '../../protocol/xml.ts';
import { encodeListedKey } from '../../listing/encode-listed-key.ts';
import { assertNewKey } from '../assert-new-key.ts';
import { echoedKey } from '../echoed-key.ts';
import { assertClaims, readObjectClaims } from '../checksums/object-claims.ts';
import type { ObjectClaims } from '../checksums/object-claims.ts';
import { objectChecksum } from '../checksums/object-checksum.ts';
import { chooseParts } from './choose-parts.ts';
import { completedBefore } from './completed-before.ts';
import { objectEtag } from './object-etag.ts';
import { LONGEST_COMPLETION_BYTES, readCompletion } from './read-completion.ts';
import type { ClaimedPart } from './read-completion.ts';
import { LARGEST_PART_NUMBER } from '../parts/read-part-number.ts';
import { requireOwnUpload } from '../require-upload.ts';

export const completeMultipartUpload: Operation = {
  name: 'CompleteMultipartUpload',
  action: 's3:PutObject',
  level: 'object',
  method: 'POST',
  selectors: ['uploadId'],
  parameters: [],
  effect: 'creates',
  run,
};

interface Completion {
  readonly claims: ObjectClaims;
  readonly parts: readonly ClaimedPart[];
}

async function run(call: Call): Promise<Reply> {
  const bucket = requireBucket(call);
  const claims = readObjectClaims(call);
  const parts = readCompletion(await call.document(LONGEST_COMPLETION_BYTES));
  const version = await call.catalog.write(
    () => completedBefore(call, parts) ?? complete(call, { claims, parts }),
  );
  return answer(call, bucket, version);
}

/** Inside a transaction: nothing that it sees can change until it is done. */
function complete(call: Call, { claims, parts: claimed }: Completion): ObjectVersion {
  const { catalog, principal } = call;
  const bucket = requireBucket(call);
  const upload = requireOwnUpload(call);
  const condition = readWriteCondition(call);
  const stored = catalog.listParts(upload.id, 0, LARGEST_PART_NUMBER);
  const parts = chooseParts(upload, claimed, stored);
  const modifiedMs = call.clock();
  const lock = withDefaultRetention(upload.lock, bucket, modifiedMs);
  const version = { ...versionOf(upload, parts), modifiedMs, lock };
  assertClaims(claims, version);
  catalog.removeUpload(upload.id, version.extents);
  return commitVersion(catalog, bucket, version, call.random, undefined, (current) => {
    assertNewKey(principal, current);
    condition.check(current);
  });
}

function versionOf(upload: Upload, parts: readonly UploadedPart[]) {
  const { id: uploadId, startedMs: _, checksum: wish, ...object } = upload;
  return {
    ...object,
    uploadId,
    isDeleteMarker: false,
    sizeBytes: parts.reduce((sum, part) => sum + part.sizeBytes, 0),
    etag: objectEtag(parts),
    checksum: objectChecksum(wish, parts),
    extents: parts.map((part) => part.extent),
    parts: parts.map(({ number, sizeBytes, etag, checksum }) => {
      return { number, sizeBytes, etag, checksum };
    }),
  };
}

function answer(call: Call, bucket: Bucket, version: ObjectVersion): Reply {
  const { checksum } = version;
  return {
    status: 200,
    headers: { ...versionHeaders(bucket, version), ...encryptionHeaders(version.encryption) },
    body: xmlDocument('CompleteMultipartUploadResult', [
      element('Location', locationOf(call)),
      element('Bucket', version.bucket),
      element('Key', echoedKey(version.key)),
      element('ETag', `"${version.etag}"`),
      checksum && element(`Checksum${checksum.algorithm}`, checksum.value),
      optionalElement('ChecksumType', checksum?.type),
    ]),
  };
}

function locationOf({ isTls, headers, bucket, key }: Call): string {
  const path = `${encodeListedKey(bucket)}/${encodeListedKey(key)}`;
  return `${isTls ? 'https' : 'http'}://${headers['host'] ?? 'localhost'}/${path}`;
}
