/**
 * One segment: nonce (12) || ciphertext || tag (16), written into and read from the caller's memory.
 *
 * Node has no way to encrypt into a given buffer: `update()` allocates its output. So the output is copied
 * and then given back at once (`releaseBytes`), which costs a third of leaving it to the garbage collector.
 * Plaintext that came out of a segment is handed on only after its tag was checked.
 * @module
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { copyBytes } from '../../base/copy-bytes.ts';
import { assert } from '../../base/failure.ts';
import { releaseBytes } from '../../base/release-bytes.ts';
import { KiB } from '../../base/units.ts';
import { Suite } from './header.ts';
import { SEGMENT_OVERHEAD_BYTES } from './sizes.ts';

export const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * How much goes through the cipher at once: it stays in the processor's cache while it is copied or
 * compared, which is 40 % faster than a whole segment of 1 MiB.
 */
const SLICE_BYTES = 256 * KiB;

/** What all segments of one object share. `header` is the associated data. */
export interface SegmentKeys {
  readonly suite: Suite;
  readonly key: Uint8Array;
  readonly baseNonce: Uint8Array;
  readonly header: Uint8Array;
}

/** base nonce XOR `index` as a 12-byte big-endian number. */
export function segmentNonce(baseNonce: Uint8Array, index: number): Uint8Array {
  assert(Number.isInteger(index) && index >= 0 && index < 2 ** 32, 'not a segment index');
  const nonce = Buffer.from(baseNonce);
  nonce.writeUInt32BE((nonce.readUInt32BE(NONCE_BYTES - 4) ^ index) >>> 0, NONCE_BYTES - 4);
  return nonce;
}

/**
 * Writes the sealed segment to `out` from `at`; `out` may lie in shared memory.
 * @returns bytes written: 28 more than `plain`
 */
export function writeSegment(
  keys: SegmentKeys,
  index: number,
  plain: Uint8Array,
  out: Uint8Array,
  at: number,
): number {
  const nonce = segmentNonce(keys.baseNonce, index);
  const cipher = newCipher(keys, nonce);
  cipher.setAAD(keys.header, { plaintextLength: plain.length });
  out.set(nonce, at);
  const bodyAt = at + NONCE_BYTES;
  inSlices(cipher, plain, (slice, offset) => copyBytes(slice, out, bodyAt + offset));
  assert(cipher.final().length === 0, 'a stream cipher keeps the length');
  out.set(cipher.getAuthTag(), bodyAt + plain.length);
  return plain.length + SEGMENT_OVERHEAD_BYTES;
}

/** Whether `sealed` is segment `index` and opens to exactly `plain`. */
export function opensTo(
  keys: SegmentKeys,
  index: number,
  sealed: Uint8Array,
  plain: Uint8Array,
): boolean {
  if (sealed.length !== plain.length + SEGMENT_OVERHEAD_BYTES) return false;
  const decipher = startReading(keys, index, sealed);
  if (decipher === undefined) return false;
  let isSame = true;
  inSlices(decipher, bodyOf(sealed), (slice, offset) => {
    const expected = plain.subarray(offset, offset + slice.length);
    isSame &&= Buffer.compare(slice, expected) === 0;
  });
  return isAuthentic(decipher) && isSame;
}

/**
 * The plaintext of segment `index`, authenticated, in a buffer that nothing else refers to, or
 * `undefined` where the stored nonce is not this segment's or the tag does not fit.
 */
export function readSegment(
  keys: SegmentKeys,
  index: number,
  sealed: Uint8Array,
): Uint8Array | undefined {
  const decipher = startReading(keys, index, sealed);
  if (decipher === undefined) return undefined;
  const plain = decipher.update(bodyOf(sealed));
  if (isAuthentic(decipher)) return plain;
  plain.fill(0);
  return undefined;
}

/**
 * As `readSegment`, into `out` from `at`, where zeros are left when it is refused. That may be the memory of `sealed`
 * itself, as long as `at` is not behind its start.
 * @returns whether it was accepted
 */
export function readSegmentInto(
  keys: SegmentKeys,
  index: number,
  sealed: Uint8Array,
  out: Uint8Array,
  at: number,
): boolean {
  const decipher = startReading(keys, index, sealed);
  if (decipher === undefined) return false;
  const body = bodyOf(sealed);
  assert(at + body.length <= out.length, 'no room for the plaintext');
  inSlices(decipher, body, (slice, offset) => copyBytes(slice, out, at + offset));
  if (isAuthentic(decipher)) return true;
  out.fill(0, at, at + body.length);
  return false;
}

/** A decipher that knows the tag to expect, or `undefined` where the stored nonce is another. */
function startReading(keys: SegmentKeys, index: number, sealed: Uint8Array) {
  assert(sealed.length >= SEGMENT_OVERHEAD_BYTES, 'shorter than an empty segment');
  const nonce = segmentNonce(keys.baseNonce, index);
  if (Buffer.compare(sealed.subarray(0, NONCE_BYTES), nonce) !== 0) return undefined;
  const decipher = newDecipher(keys, nonce);
  const plaintextLength = sealed.length - SEGMENT_OVERHEAD_BYTES;
  decipher.setAAD(keys.header, { plaintextLength });
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  return decipher;
}

function isAuthentic(decipher: { final(): Buffer }): boolean {
  try {
    return decipher.final().length === 0;
  } catch {
    return false; // OpenSSL says no more than: the tag does not fit
  }
}

function bodyOf(sealed: Uint8Array): Uint8Array {
  return sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES);
}

/** Lends each slice of output to `take`, which must not keep it. */
function inSlices(
  cipher: { update(input: Uint8Array): Buffer },
  input: Uint8Array,
  take: (slice: Buffer, offset: number) => void,
): void {
  for (let from = 0; from < input.length; from += SLICE_BYTES) {
    const slice = cipher.update(input.subarray(from, from + SLICE_BYTES));
    assert(slice.length === Math.min(SLICE_BYTES, input.length - from), 'output as long as input');
    take(slice, from);
    releaseBytes(slice);
  }
}

// Node types each cipher apart; the two share everything used here.
function newCipher({ suite, key }: SegmentKeys, nonce: Uint8Array) {
  const options = { authTagLength: TAG_BYTES };
  return suite === Suite.aes256gcm
    ? createCipheriv('aes-256-gcm', key, nonce, options)
    : createCipheriv('chacha20-poly1305', key, nonce, options);
}

function newDecipher({ suite, key }: SegmentKeys, nonce: Uint8Array) {
  const options = { authTagLength: TAG_BYTES };
  return suite === Suite.aes256gcm
    ? createDecipheriv('aes-256-gcm', key, nonce, options)
    : createDecipheriv('chacha20-poly1305', key, nonce, options);
}
