/**
 * The stored parts that a completion names.
 * @module
 */
import { MiB } from '../../../../base/units.ts';
import type { Upload, UploadedPart } from '../../model/upload.ts';
import { S3Error } from '../../protocol/s3-error.ts';
import type { ClaimedPart } from './read-completion.ts';

/** Of all parts but the last. Source: AWS, "Amazon S3 multipart upload limits". */
const SMALLEST_PART_BYTES = 5 * MiB;

/**
 * In the order of the claims.
 * @throws S3Error `InvalidPart` for a part that is not there, or is another one; `EntityTooSmall`;
 * `InvalidRequest` for checksums of another algorithm than the upload's
 */
export function chooseParts(
  upload: Upload,
  claims: readonly ClaimedPart[],
  stored: readonly UploadedPart[],
): readonly UploadedPart[] {
  const byNumber = new Map(stored.map((part) => [part.number, part]));
  const parts = claims.map((claim) => {
    const part = byNumber.get(claim.number);
    if (part === undefined || part.etag !== claim.etag) throw invalidPart(upload, claim);
    assertChecksums(upload, claim, part);
    return part;
  });
  for (const part of parts.slice(0, -1)) {
    if (part.sizeBytes < SMALLEST_PART_BYTES) throw tooSmall(part);
  }
  return parts;
}

function assertChecksums(upload: Upload, claim: ClaimedPart, part: UploadedPart): void {
  for (const { algorithm, value } of claim.checksums) {
    if (algorithm !== upload.checksum?.algorithm) {
      const made = upload.checksum?.algorithm.toLowerCase() ?? 'null';
      const what = `The upload was created using a ${made} checksum.`;
      const sent = `Part ${claim.number} was sent with a ${algorithm.toLowerCase()} checksum.`;
      throw new S3Error('InvalidRequest', `${what} ${sent}`);
    }
    if (value !== part.checksum) throw invalidPart(upload, claim);
  }
}

function invalidPart(upload: Upload, { number, etag }: ClaimedPart): S3Error {
  const message =
    'One or more of the specified parts could not be found. The part may not have been uploaded, ' +
    "or the specified entity tag may not match the part's entity tag.";
  return new S3Error('InvalidPart', message, {
    detail: { UploadId: upload.id, PartNumber: String(number), ETag: etag.slice(0, 64) },
  });
}

function tooSmall({ number, sizeBytes, etag }: UploadedPart): S3Error {
  const message = 'Your proposed upload is smaller than the minimum allowed size';
  return new S3Error('EntityTooSmall', message, {
    detail: {
      ProposedSize: String(sizeBytes),
      MinSizeAllowed: String(SMALLEST_PART_BYTES),
      PartNumber: String(number),
      ETag: etag,
    },
  });
}
