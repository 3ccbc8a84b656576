/**
 * A part on its way to disk: sealed under the upload's key, then entered in the catalog.
 * @module
 */
import type { Upload, UploadedPart } from '../../model/upload.ts';
import type { CheckedBody, Call } from '../../protocol/operation.ts';
import { commitExtent } from '../../objects/write/commit-extent.ts';
import { opaqueEtag } from '../../objects/write/store-version.ts';
import type { WrittenExtent } from '../../storage/extent-store.ts';
import { S3Error } from '../../protocol/s3-error.ts';
import { requireUpload } from '../require-upload.ts';

export interface PartSource {
  readonly number: number;
  readonly dataKey: Uint8Array;
  readonly body: CheckedBody;
}

/**
 * Durable when it resolves; nothing stays where it is refused.
 * @throws S3Error `NoSuchUpload` where the upload has ended meanwhile, `InvalidRequest` for a checksum of another
 * algorithm than the upload's, and whatever the body throws
 */
export async function writePart(
  call: Call,
  upload: Upload,
  source: PartSource,
): Promise<UploadedPart> {
  const written = await call.extents.write(source.dataKey, source.body, { ownsPieces: true });
  return commitExtent(call, written.extent, () => {
    requireUpload(call);
    const part = partOf(call, upload, { written, ...source });
    const inline = written.inline && new Map([[written.extent.id, written.inline]]);
    call.catalog.insertPart(part, inline);
    return part;
  });
}

function partOf(
  call: Call,
  upload: Upload,
  { written, number, body }: PartSource & { readonly written: WrittenExtent },
): UploadedPart {
  const { md5, checksum, sizeBytes } = body.summary();
  assertAlgorithm(upload, checksum?.algorithm);
  return {
    uploadId: upload.id,
    number,
    sizeBytes,
    etag: upload.encryption.kind === 'sse-s3' && md5 !== undefined ? md5 : opaqueEtag(call),
    checksum: upload.checksum && checksum?.value,
    modifiedMs: call.clock(),
    extent: written.extent,
  };
}

function assertAlgorithm(upload: Upload, sent: string | undefined): void {
  const expected = upload.checksum?.algorithm;
  if (expected === undefined || sent === expected) return;
  const types = `expected checksum Type: ${expected.toLowerCase()}, actual checksum Type:`;
  const actual = sent?.toLowerCase() ?? 'null';
  throw new S3Error('InvalidRequest', `Checksum Type mismatch occurred, ${types} ${actual}`);
}
