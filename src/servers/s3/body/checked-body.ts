/**
 * A request's body as operations read it: decoded, counted, and verified by everything its client sent for that.
 * Each byte is hashed once for each kind that is needed, and not at all where none is.
 * @module
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Hash } from 'node:crypto';
import type { ChunkSignatures } from '../../sigv4/chunk-signature.ts';
import type { ChecksumAlgorithm } from '../model/checksum.ts';
import type { BodyOptions, BodySummary, CheckedBody } from '../protocol/operation.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { checksumHash, isChecksum } from './checksum-hash.ts';
import type { ChecksumHash } from './checksum-hash.ts';
import { badTrailer, decodeChunks, incomplete } from './decode-chunks.ts';
import { BODY_BYTES_MAX, checksumHeader, tooLarge } from './declared-body.ts';
import type { DeclaredBody } from './declared-body.ts';

export interface RawBody {
  /** Pieces as the socket gave them. */
  readonly source: AsyncIterable<Buffer>;
  readonly declared: DeclaredBody;
  /** Where chunks are signed. */
  readonly signatures: ChunkSignatures | undefined;
}

/**
 * Reading throws S3Error `IncompleteBody`, `EntityTooLarge`, `BadDigest`, `XAmzContentSHA256Mismatch`,
 * `InvalidRequest`, `MalformedTrailerError`, and SignatureError: at the latest after the last piece.
 */
export function checkBody(raw: RawBody, options: BodyOptions = {}): CheckedBody {
  return new StreamedBody(raw, options);
}

class StreamedBody implements CheckedBody {
  readonly #raw: RawBody;
  readonly #md5: Hash | undefined;
  readonly #sha256: Hash | undefined;
  readonly #algorithm: ChecksumAlgorithm | undefined;
  readonly #checksum: ChecksumHash | undefined;
  #sizeBytes = 0;
  #trailer: ReadonlyMap<string, string> | undefined;
  #summary: BodySummary | undefined;

  constructor(raw: RawBody, { wantsMd5 = false, wantsChecksum }: BodyOptions) {
    const { declared } = raw;
    this.#raw = raw;
    this.#md5 = wantsMd5 || declared.md5 !== undefined ? createHash('md5') : undefined;
    this.#sha256 = declared.sha256 === undefined ? undefined : createHash('sha256');
    this.#algorithm = declared.checksum?.algorithm ?? declared.trailingChecksum ?? wantsChecksum;
    // What is signed is hashed already: not once more for the checksum.
    const isShared = this.#sha256 !== undefined && this.#algorithm === 'SHA256';
    this.#checksum = isShared || !this.#algorithm ? undefined : checksumHash(this.#algorithm);
  }

  summary(): BodySummary {
    if (this.#summary === undefined) throw new Error('the body was not read to its end');
    return this.#summary;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    const { sizeBytes: declaredBytes } = this.#raw.declared;
    for await (const piece of this.#decoded()) {
      this.#sizeBytes += piece.length;
      if (this.#sizeBytes > BODY_BYTES_MAX) throw tooLarge(this.#sizeBytes);
      if (declaredBytes !== undefined && this.#sizeBytes > declaredBytes) throw incomplete();
      this.#md5?.update(piece);
      this.#sha256?.update(piece);
      this.#checksum?.update(piece);
      yield piece;
    }
    if (declaredBytes !== undefined && this.#sizeBytes !== declaredBytes) throw incomplete();
    this.#summary = await this.#verify();
  }

  #decoded(): AsyncIterable<Buffer> {
    const { source, declared, signatures } = this.#raw;
    if (!declared.isChunked) return source;
    const { hasTrailer } = declared;
    const onTrailer = (headers: ReadonlyMap<string, string>): void =>
      void (this.#trailer = headers);
    return decodeChunks(source, { signatures, hasTrailer, onTrailer });
  }

  async #verify(): Promise<BodySummary> {
    const { declared } = this.#raw;
    const sha256 = this.#sha256?.digest();
    if (sha256?.toString('hex') !== declared.sha256) {
      throw new S3Error(
        'XAmzContentSHA256Mismatch',
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
      );
    }
    const md5 = this.#md5?.digest();
    if (declared.md5 !== undefined && md5?.toString('base64') !== declared.md5) {
      throw new S3Error(
        'BadDigest',
        'The Content-MD5 you specified did not match what we received.',
      );
    }
    return {
      sizeBytes: this.#sizeBytes,
      md5: md5?.toString('hex'),
      checksum: await this.#verifyChecksum(sha256),
    };
  }

  async #verifyChecksum(sha256: Buffer | undefined): Promise<BodySummary['checksum']> {
    const algorithm = this.#algorithm;
    const isShared = sha256 !== undefined && algorithm === 'SHA256';
    const value = isShared ? sha256.toString('base64') : await this.#checksum?.digest();
    if (algorithm === undefined || value === undefined) return undefined;
    const sent = this.#raw.declared.checksum?.value ?? this.#trailingChecksum();
    if (sent !== undefined && !isSame(sent, value)) {
      const message = `The ${algorithm} you specified did not match the calculated checksum.`;
      throw new S3Error('BadDigest', message);
    }
    return { algorithm, value };
  }

  #trailingChecksum(): string | undefined {
    const { trailingChecksum: algorithm } = this.#raw.declared;
    if (algorithm === undefined) return undefined;
    const value = this.#trailer?.get(checksumHeader(algorithm));
    if (value === undefined || !isChecksum(algorithm, value)) throw badTrailer();
    return value;
  }
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
