/**
 * Which checksum an upload in parts is to have. Source: AWS, CreateMultipartUpload and "Checking object
 * integrity for data uploads".
 * @module
 */
import { CHECKSUM_ALGORITHMS } from '../../model/checksum.ts';
import type { ChecksumAlgorithm, ChecksumType } from '../../model/checksum.ts';
import type { Upload } from '../../model/upload.ts';
import type { Call } from '../../protocol/operation.ts';
import { S3Error } from '../../protocol/s3-error.ts';

/** The first is what is taken where the client names none. */
const TYPES_OF: Readonly<Record<ChecksumAlgorithm, readonly [ChecksumType, ...ChecksumType[]]>> = {
  CRC32: ['COMPOSITE', 'FULL_OBJECT'],
  CRC32C: ['COMPOSITE', 'FULL_OBJECT'],
  CRC64NVME: ['FULL_OBJECT'],
  SHA1: ['COMPOSITE'],
  SHA256: ['COMPOSITE'],
};

const ALGORITHM = 'x-amz-checksum-algorithm';
const TYPE = 'x-amz-checksum-type';

/**
 * Reads `x-amz-checksum-algorithm` and `x-amz-checksum-type`; undefined: the object gets no checksum but its ETag.
 * @throws S3Error `InvalidRequest` for what is unknown or does not go together
 */
export function readChecksumWish(call: Call): Upload['checksum'] {
  const name = call.headers[ALGORITHM];
  const type = readChecksumType(call);
  if (name === undefined) {
    if (type === undefined) return undefined;
    throw new S3Error('InvalidRequest', `${TYPE} header can only be used with ${ALGORITHM}.`);
  }
  const algorithm = CHECKSUM_ALGORITHMS.find((one) => one === name.toUpperCase());
  if (algorithm === undefined) {
    throw new S3Error('InvalidRequest', 'Checksum algorithm provided is unsupported.');
  }
  const allowed = TYPES_OF[algorithm];
  if (type === undefined || allowed.includes(type)) return { algorithm, type: type ?? allowed[0] };
  const what = `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()}`;
  throw new S3Error('InvalidRequest', `${what} checksum algorithm.`);
}

/** @throws S3Error `InvalidRequest` */
export function readChecksumType(call: Call): ChecksumType | undefined {
  const text = call.headers[TYPE]?.toUpperCase();
  if (text === undefined || text === 'COMPOSITE' || text === 'FULL_OBJECT') return text;
  throw new S3Error('InvalidRequest', `Value for ${TYPE} header is invalid.`);
}
