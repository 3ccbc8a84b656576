/**
 * UploadPartCopy: a stretch of an object that is there becomes a part. It is read, decrypted, and encrypted anew
 * under the key of the upload.
 * @module
 */
import { checkBody } from '../../body/checked-body.ts';
import { BODY_BYTES_MAX } from '../../body/declared-body.ts';
import { requireBucket } from '../../buckets/require-bucket.ts';
import { readCustomerKey, SOURCE_PREFIX } from '../../encryption/customer-key.ts';
import { encryptionHeaders } from '../../encryption/encryption-headers.ts';
import { etagElement, timeElement } from '../../listing/entry-elements.ts';
import type { ObjectVersion } from '../../model/object-version.ts';
import type { Upload } from '../../model/upload.ts';
import type { ByteRange } from '../../objects/byte-range.ts';
import { findSource } from '../../objects/copy/copy-source.ts';
import { readObject } from '../../objects/read-object.ts';
import type { Call, CheckedBody, Operation, Reply } from '../../protocol/operation.ts';
import { S3Error } from '../../protocol/s3-error.ts';
import { element, xmlDocument } from '../../protocol/xml.ts';
import { requireOwnUpload } from '../require-upload.ts';
import { readCopySourceRange } from './source-range.ts';
import { readPartNumber } from './read-part-number.ts';
import { writePart } from './write-part.ts';

export const uploadPartCopy: Operation = {
  name: 'UploadPartCopy',
  action: 's3:PutObject',
  level: 'object',
  method: 'PUT',
  selectors: ['partNumber', 'uploadId'],
  selectingHeader: 'x-amz-copy-source',
  parameters: [],
  effect: 'creates',
  run,
};

async function run(call: Call): Promise<Reply> {
  requireBucket(call);
  const number = readPartNumber(call);
  const upload = requireOwnUpload(call);
  const source = findSource(call);
  const range = readCopySourceRange(call.headers['x-amz-copy-source-range'], source.sizeBytes);
  assertSize(range);
  const sourceKey = readCustomerKey(call, SOURCE_PREFIX);
  const { bucket, key, encryption } = upload;
  using _ = call.extents.hold(source.extents);
  using from = await call.keyring.open(source, source.encryption, sourceKey);
  using to = await call.keyring.open({ bucket, key }, encryption, readCustomerKey(call));
  const body = bodyOf(upload, range, readObject(call.extents, source, from.bytes, range));
  const part = await writePart(call, upload, { number, dataKey: to.bytes, body });
  const { checksum } = body.summary();
  return {
    status: 200,
    headers: { ...sourceVersionHeader(call, source), ...encryptionHeaders(encryption) },
    body: xmlDocument('CopyPartResult', [
      timeElement('LastModified', part.modifiedMs),
      etagElement(part.etag),
      checksum && element(`Checksum${checksum.algorithm}`, checksum.value),
    ]),
  };
}

function assertSize({ start, end }: ByteRange): void {
  if (end - start <= BODY_BYTES_MAX) return;
  const what =
    'The specified copy source is larger than the maximum allowable size for a copy source';
  throw new S3Error('InvalidRequest', `${what}: ${BODY_BYTES_MAX}`);
}

/** What comes from disk is counted and hashed like what comes from a client. */
function bodyOf(upload: Upload, range: ByteRange, source: AsyncIterable<Buffer>): CheckedBody {
  const declared = {
    sizeBytes: range.end - range.start,
    isAbsent: false,
    isChunked: false,
    signsChunks: false,
    hasTrailer: false,
    sha256: undefined,
    md5: undefined,
    checksum: undefined,
    trailingChecksum: undefined,
  };
  const wantsMd5 = upload.encryption.kind === 'sse-s3';
  return checkBody(
    { source, declared, signatures: undefined },
    { wantsMd5, wantsChecksum: upload.checksum?.algorithm },
  );
}

function sourceVersionHeader(call: Call, source: ObjectVersion): Record<string, string> {
  const isVersioned = call.catalog.bucket(source.bucket)?.versioning !== undefined;
  return isVersioned ? { 'x-amz-copy-source-version-id': source.versionId } : {};
}
