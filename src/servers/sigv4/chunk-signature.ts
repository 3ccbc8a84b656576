/**
 * Signatures inside a body: each chunk is signed together with the signature before it, so that none can be
 * changed, dropped or moved. Source: AWS, "Signature calculations for the Authorization header: transferring
 * payload in multiple chunks" and "… with trailing headers".
 * @module
 */
import { createHash } from 'node:crypto';
import { SignatureError } from './signature-error.ts';
import { basicTime, scopeOf } from './signed-request.ts';
import type { Claim } from './signed-request.ts';
import type { SigningKey } from './signing-key.ts';
import { isSameSignature } from './verify-claim.ts';

export const EMPTY_SHA256 = createHash('sha256').digest('hex');

/** One for each body; asked in the order of its chunks. */
export class ChunkSignatures {
  readonly #key: SigningKey;
  readonly #scope: string;
  #previous: string;

  /** @param key as `verifyClaim` gave it */
  constructor(key: SigningKey, claim: Claim) {
    this.#key = key;
    this.#scope = `${basicTime(claim.timeMs)}\n${scopeOf(claim)}`;
    this.#previous = claim.signature;
  }

  /**
   * Of one chunk, the empty one at the end included.
   * @param hash SHA-256 of the bytes of the chunk in lower-case hex
   * @throws SignatureError `mismatch`
   */
  verifyChunk(hash: string, signature: string): void {
    const head = `AWS4-HMAC-SHA256-PAYLOAD\n${this.#scope}\n${this.#previous}`;
    this.#verify(`${head}\n${EMPTY_SHA256}\n${hash}`, signature);
  }

  /**
   * Of the trailer, after the empty chunk.
   * @param hash SHA-256 of `name:value\n` for each header of the trailer, names in lower case and sorted, in hex
   * @throws SignatureError `mismatch`
   */
  verifyTrailer(hash: string, signature: string): void {
    const head = `AWS4-HMAC-SHA256-TRAILER\n${this.#scope}\n${this.#previous}`;
    this.#verify(`${head}\n${hash}`, signature);
  }

  #verify(text: string, signature: string): void {
    const expected = this.#key.sign(text);
    if (!isSameSignature(expected, signature)) {
      throw new SignatureError('mismatch', 'the signature of a chunk is wrong');
    }
    this.#previous = expected;
  }
}
