/**
 * `x-amz-copy-source-range`: the stretch of an object that becomes a part. Source: AWS, UploadPartCopy.
 * @module
 */
import type { ByteRange } from '../../objects/byte-range.ts';
import { S3Error } from '../../protocol/s3-error.ts';

const NAME = 'x-amz-copy-source-range';

/**
 * Reads `bytes=first-last`, both of which have to be there and inside the object.
 * @throws S3Error `InvalidArgument`
 */
export function readCopySourceRange(header: string | undefined, sizeBytes: number): ByteRange {
  if (header === undefined) return { start: 0, end: sizeBytes };
  const found = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(header.trim());
  const [first, last] = [Number(found?.[1] ?? Number.NaN), Number(found?.[2] ?? Number.NaN)];
  if (!(first <= last)) {
    const form = 'of the form bytes=first-last where first and last are the zero-based offsets';
    throw invalid(`The ${NAME} value must be ${form} of the first and last bytes to copy`, header);
  }
  if (last < sizeBytes) return { start: first, end: last + 1 };
  throw invalid(`Range specified is not valid for source object of size: ${sizeBytes}`, header);
}

function invalid(message: string, value: string): S3Error {
  return new S3Error('InvalidArgument', message, {
    detail: { ArgumentName: NAME, ArgumentValue: value.slice(0, 64) },
  });
}
