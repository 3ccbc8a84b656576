/**
 * What the headers of a request say of its body: how it is framed, how long it is, and by what it is verified.
 * @module
 */
import { GiB } from '../../../base/units.ts';
import { UNSIGNED_PAYLOAD } from '../../sigv4/signed-request.ts';
import { CHECKSUM_ALGORITHMS } from '../model/checksum.ts';
import type { ChecksumAlgorithm } from '../model/checksum.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { isBase64Of, isChecksum } from './checksum-hash.ts';

/** Of one request: an object in one piece, or a part. */
export const BODY_BYTES_MAX = 5 * GiB;

export interface DeclaredBody {
  /** Of what is left once the framing is off. Undefined: not said. */
  readonly sizeBytes: number | undefined;
  /** Neither a length nor chunks: HTTP says that there is no body. */
  readonly isAbsent: boolean;
  readonly isChunked: boolean;
  readonly signsChunks: boolean;
  readonly hasTrailer: boolean;
  /** SHA-256 that the signature is over, lower-case hex. */
  readonly sha256: string | undefined;
  /** Base64. */
  readonly md5: string | undefined;
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly value: string } | undefined;
  /** Comes in the trailer. */
  readonly trailingChecksum: ChecksumAlgorithm | undefined;
}

type Headers = Readonly<Record<string, string | undefined>>;

/** What stands in `x-amz-content-sha256` instead of a hash, and what it means. */
const STREAMING: Readonly<Record<string, { signsChunks: boolean; hasTrailer: boolean }>> = {
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD': { signsChunks: true, hasTrailer: false },
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER': { signsChunks: true, hasTrailer: true },
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER': { signsChunks: false, hasTrailer: true },
};

/**
 * @param payloadHash of the claim
 * @throws S3Error `InvalidArgument`, `InvalidRequest`, `InvalidDigest`, `EntityTooLarge`, `MissingContentLength`
 */
export function readDeclaredBody(headers: Headers, payloadHash: string): DeclaredBody {
  const streaming = STREAMING[payloadHash];
  const isHash = /^[0-9a-f]{64}$/.test(payloadHash);
  if (!streaming && !isHash && payloadHash !== UNSIGNED_PAYLOAD) throw badPayloadHash();
  const onWire = headers['content-length'];
  const decoded = headers['x-amz-decoded-content-length'];
  const sizeBytes = readSize(streaming ? decoded : onWire);
  if (streaming && decoded === undefined && onWire !== undefined) {
    throw new S3Error('MissingContentLength', 'x-amz-decoded-content-length is missing.');
  }
  const trailingChecksum = streaming?.hasTrailer ? readTrailerName(headers) : undefined;
  return {
    sizeBytes,
    isAbsent: onWire === undefined && headers['transfer-encoding'] === undefined,
    isChunked: streaming !== undefined,
    signsChunks: streaming?.signsChunks ?? false,
    hasTrailer: streaming?.hasTrailer ?? false,
    sha256: isHash ? payloadHash : undefined,
    md5: readMd5(headers),
    checksum: readChecksum(headers, trailingChecksum),
    trailingChecksum,
  };
}

function badPayloadHash(): S3Error {
  const message =
    `x-amz-content-sha256 must be UNSIGNED-PAYLOAD, ${Object.keys(STREAMING).join(', ')} ` +
    'or a valid sha256 value.';
  return new S3Error('InvalidArgument', message, {
    detail: { ArgumentName: 'x-amz-content-sha256' },
  });
}

function readSize(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) {
    throw new S3Error('InvalidArgument', 'The length of the body is not a number of bytes.');
  }
  const sizeBytes = Number(text);
  if (sizeBytes > BODY_BYTES_MAX) throw tooLarge(sizeBytes);
  return sizeBytes;
}

export function tooLarge(sizeBytes: number): S3Error {
  return new S3Error(
    'EntityTooLarge',
    'Your proposed upload exceeds the maximum allowed object size.',
    { detail: { ProposedSize: String(sizeBytes), MaxSizeAllowed: String(BODY_BYTES_MAX) } },
  );
}

function readMd5(headers: Headers): string | undefined {
  const md5 = headers['content-md5'];
  if (md5 !== undefined && !isBase64Of(md5, 16)) {
    throw new S3Error('InvalidDigest', 'The Content-MD5 you specified was invalid.');
  }
  return md5;
}

function readTrailerName(headers: Headers): ChecksumAlgorithm | undefined {
  const names = (headers['x-amz-trailer'] ?? '').split(',').map((one) => one.trim().toLowerCase());
  const found = names.filter((name) => name !== '').map((name) => algorithmOf(name));
  if (found.length > 1) throw severalChecksums();
  if (found.length === 1 && found[0] === undefined) {
    throw invalid('The value specified in the x-amz-trailer header is not supported');
  }
  return found[0];
}

function readChecksum(
  headers: Headers,
  trailing: ChecksumAlgorithm | undefined,
): DeclaredBody['checksum'] {
  const found = CHECKSUM_ALGORITHMS.flatMap((algorithm) => {
    const value = headers[checksumHeader(algorithm)];
    return value === undefined ? [] : [{ algorithm, value }];
  });
  if (found.length + (trailing === undefined ? 0 : 1) > 1) throw severalChecksums();
  const [checksum] = found;
  if (checksum && !isChecksum(checksum.algorithm, checksum.value)) {
    throw invalid(`Value for ${checksumHeader(checksum.algorithm)} header is invalid.`);
  }
  requireAnnounced(headers, checksum?.algorithm ?? trailing);
  return checksum;
}

/** Whoever announces a checksum and sends none (or another) has lost something on the way. */
function requireAnnounced(headers: Headers, sent: ChecksumAlgorithm | undefined): void {
  const announced = headers['x-amz-sdk-checksum-algorithm']?.toUpperCase();
  if (announced === undefined) return;
  if (sent === undefined) {
    throw invalid(
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* ' +
        'or x-amz-trailer headers were found.',
    );
  }
  if (announced !== sent) {
    throw invalid('Value for x-amz-sdk-checksum-algorithm header is invalid.');
  }
}

/** `x-amz-checksum-crc32` */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

function algorithmOf(header: string): ChecksumAlgorithm | undefined {
  return CHECKSUM_ALGORITHMS.find((one) => checksumHeader(one) === header);
}

function severalChecksums(): S3Error {
  return invalid(
    'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
  );
}

function invalid(message: string): S3Error {
  return new S3Error('InvalidRequest', message);
}
