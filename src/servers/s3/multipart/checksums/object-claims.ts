/**
 * What a client that completes an upload says about the whole object: its size and its checksum.
 * @module
 */
import { CHECKSUM_ALGORITHMS } from '../../model/checksum.ts';
import type { ChecksumAlgorithm, ChecksumType, StoredChecksum } from '../../model/checksum.ts';
import type { Call } from '../../protocol/operation.ts';
import { S3Error } from '../../protocol/s3-error.ts';
import { readChecksumType } from './checksum-wish.ts';

export interface ObjectClaims {
  readonly sizeBytes: number | undefined;
  readonly type: ChecksumType | undefined;
  readonly checksums: readonly { readonly algorithm: ChecksumAlgorithm; readonly value: string }[];
}

const SIZE = 'x-amz-mp-object-size';

/** @throws S3Error `InvalidRequest` for what is not well-formed */
export function readObjectClaims(call: Call): ObjectClaims {
  const size = call.headers[SIZE];
  if (size !== undefined && !/^\d{1,15}$/.test(size)) {
    throw new S3Error('InvalidRequest', `Value for ${SIZE} header is invalid.`);
  }
  return {
    sizeBytes: size === undefined ? undefined : Number(size),
    type: readChecksumType(call),
    checksums: CHECKSUM_ALGORITHMS.flatMap((algorithm) => {
      const value = call.headers[`x-amz-checksum-${algorithm.toLowerCase()}`];
      return value === undefined ? [] : [{ algorithm, value }];
    }),
  };
}

/** @throws S3Error `BadDigest`, `InvalidRequest` where the object is another one than the client means */
export function assertClaims(
  claims: ObjectClaims,
  object: { readonly sizeBytes: number; readonly checksum: StoredChecksum | undefined },
): void {
  const { sizeBytes, checksum } = object;
  if (claims.sizeBytes !== undefined && claims.sizeBytes !== sizeBytes) {
    const what = `The provided '${SIZE}' header value ${claims.sizeBytes}`;
    throw new S3Error('InvalidRequest', `${what} does not match what was computed: ${sizeBytes}`);
  }
  if (claims.type !== undefined && claims.type !== checksum?.type) {
    const made = checksum?.type ?? 'null';
    const what = `The upload was created using the ${made} checksum mode.`;
    throw new S3Error('InvalidRequest', `${what} The complete request must use the same.`);
  }
  for (const { algorithm, value } of claims.checksums) {
    if (algorithm !== checksum?.algorithm) {
      const made = checksum?.algorithm.toLowerCase() ?? 'null';
      const what = `The upload was created using a ${made} checksum.`;
      throw new S3Error('InvalidRequest', `${what} The request has another one.`);
    }
    if (value === checksum.value || `${value}-` === checksum.value.replace(/\d+$/, '')) continue;
    throw new S3Error(
      'BadDigest',
      `The ${algorithm} you specified did not match the calculated checksum.`,
    );
  }
}
