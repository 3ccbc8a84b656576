/**
 * What has to be computed over the bytes of a copy: nothing that is known of its source already.
 * @module
 */
import { createHash } from 'node:crypto';
import { checksumHash } from '../../body/checksum-hash.ts';
import { CHECKSUM_ALGORITHMS } from '../../model/checksum.ts';
import type { ChecksumAlgorithm, StoredChecksum } from '../../model/checksum.ts';
import type { EncryptionRecord, ObjectVersion } from '../../model/object-version.ts';
import type { Call } from '../../protocol/operation.ts';
import { S3Error } from '../../protocol/s3-error.ts';
import { opaqueEtag } from '../write/store-version.ts';
import type { Described } from '../write/store-version.ts';

export interface DigestPlan {
  /** The same pieces, looked at as they pass. */
  through(pieces: AsyncIterable<Buffer>): AsyncIterable<Buffer>;
  /** After the last piece. */
  describe(): Described;
}

/** @throws S3Error `InvalidRequest` for an unknown `x-amz-checksum-algorithm` */
export function digestPlan(
  call: Call,
  source: ObjectVersion,
  encryption: EncryptionRecord,
): DigestPlan {
  const algorithm = readAlgorithm(call) ?? source.checksum?.algorithm;
  let checksum = knownChecksum(source, algorithm);
  let etag = encryption.kind === 'sse-s3' ? knownMd5(source) : opaqueEtag(call);
  const md5 = etag === undefined ? createHash('md5') : undefined;
  const hash = algorithm && checksum === undefined ? checksumHash(algorithm) : undefined;
  return {
    async *through(pieces) {
      for await (const piece of pieces) {
        // Nobody waits for it any more.
        call.signal.throwIfAborted();
        md5?.update(piece);
        hash?.update(piece);
        yield piece;
      }
      etag ??= md5?.digest('hex');
      if (algorithm && hash) {
        checksum = { algorithm, type: 'FULL_OBJECT', value: await hash.digest() };
      }
    },
    describe: () => ({ etag: etag ?? opaqueEtag(call), checksum }),
  };
}

/** What was verified when the source was written holds for the same bytes. */
function knownChecksum(
  { checksum }: ObjectVersion,
  algorithm: ChecksumAlgorithm | undefined,
): StoredChecksum | undefined {
  const isSame = checksum?.type === 'FULL_OBJECT' && checksum.algorithm === algorithm;
  return isSame ? checksum : undefined;
}

function knownMd5({ encryption, parts, etag }: ObjectVersion): string | undefined {
  return encryption.kind === 'sse-s3' && parts === undefined ? etag : undefined;
}

function readAlgorithm(call: Call): ChecksumAlgorithm | undefined {
  const text = call.headers['x-amz-checksum-algorithm']?.toUpperCase();
  if (text === undefined) return undefined;
  const algorithm = CHECKSUM_ALGORITHMS.find((one) => one === text);
  if (algorithm !== undefined) return algorithm;
  throw new S3Error('InvalidRequest', 'Checksum algorithm provided is unsupported.');
}
