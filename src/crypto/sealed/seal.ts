/**
 * Sealing: the only way plaintext becomes bytes that may leave (`StorableBytes`).
 * Nonces are counted inside, so no caller can repeat one.
 * @module
 */
import type { StorableBytes } from '../../base/brand.ts';
import { AppError, assert } from '../../base/failure.ts';
import type { RandomBytes } from '../../base/ports.ts';
import { deriveObjectKeys } from '../derive.ts';
import type { Secret } from '../secret.ts';
import {
  COMMITMENT_BYTES,
  HEADER_BYTES,
  HEADER_PREFIX_BYTES,
  SALT_BYTES,
  decodeHeader,
  encodeHeader,
  objectName,
} from './header.ts';
import type { ObjectKind, Suite } from './header.ts';
import { opensTo, writeSegment } from './segment.ts';
import type { SegmentKeys } from './segment.ts';
import { SEGMENT_OVERHEAD_BYTES, plainBytesOf, sealedBytes, segmentBytesFor } from './sizes.ts';

/** What sealing needs. The epoch key is borrowed. */
export interface SealContext {
  readonly vaultId: Uint8Array;
  readonly suite: Suite;
  readonly epoch: number;
  readonly epochKey: Secret;
  readonly random: RandomBytes;
}

/** Seals one object segment by segment, in order. Done after the last; then its key is wiped. */
export class ObjectSealer {
  /** The name to store it under: 32 hex digits. */
  readonly name: string;
  /** The 96 bytes that come before the first segment. Not to be changed. */
  readonly header: Uint8Array;
  readonly segmentBytes: number;
  readonly #keys: SegmentKeys;
  #next = 0;
  #isDone = false;

  /** @param salt 32 bytes never used before; drawn from `context.random` where it is left out */
  constructor(context: SealContext, kind: ObjectKind, segmentBytes: number, salt?: Uint8Array) {
    const { suite, epoch } = context;
    const ownSalt = Uint8Array.from(salt ?? context.random(SALT_BYTES));
    const fields = { suite, kind, epoch, segmentBytes, salt: ownSalt };
    const prefix = encodeHeader({ ...fields, commitment: new Uint8Array(COMMITMENT_BYTES) });
    const { key, baseNonce, commitment } = deriveObjectKeys(
      context.epochKey,
      prefix.subarray(0, HEADER_PREFIX_BYTES),
      context.vaultId,
    );
    this.name = objectName(ownSalt);
    this.header = encodeHeader({ ...fields, commitment });
    this.segmentBytes = segmentBytes;
    // The associated data is a copy, so that a changed `header` shows up when the object is opened.
    this.#keys = { suite, key, baseNonce, header: Uint8Array.from(this.header) };
  }

  /**
   * Writes nonce || ciphertext || tag of the next segment to `out` from `at`, then opens it again from
   * there and compares it with `plain`: hardware lies. `out` may lie in shared memory, but nowhere over
   * `plain`.
   * @param plain exactly the segment size, or less (maybe nothing) for the last
   * @returns bytes written: 28 more than `plain`
   * @throws AppError `self-check` where what was written does not open to `plain`
   */
  sealSegment(plain: Uint8Array, isLast: boolean, out: Uint8Array, at: number): number {
    assert(!this.#isDone, 'the last segment was already sealed');
    assert(
      isLast ? plain.length < this.segmentBytes : plain.length === this.segmentBytes,
      'a segment is full, and the last one is shorter',
    );
    const end = at + plain.length + SEGMENT_OVERHEAD_BYTES;
    assert(at >= 0 && end <= out.length, 'no room for the segment');
    assert(!isOverlapping(plain, out.subarray(at, end)), 'a segment cannot be sealed in place');
    // Counted before anything can fail: a nonce is never used for two plaintexts.
    const index = this.#next++;
    writeSegment(this.#keys, index, plain, out, at);
    if (!opensTo(this.#keys, index, out.subarray(at, end), plain)) throw selfCheckFailed();
    if (isLast) this[Symbol.dispose]();
    return end - at;
  }

  /** Wipes the key; for an object that is given up. */
  [Symbol.dispose](): void {
    this.#isDone = true;
    this.#keys.key.fill(0);
  }
}

/** Seals a whole object in memory, its segment size chosen by its length. `plain` stays the caller's. */
export function sealObject(
  context: SealContext,
  kind: ObjectKind,
  plain: Uint8Array,
  salt?: Uint8Array,
): { name: string; bytes: StorableBytes } {
  const segmentBytes = segmentBytesFor(plain.length);
  const sealer = new ObjectSealer(context, kind, segmentBytes, salt);
  // Not zeroed first: every byte is written, and the count of them asserted, below.
  const bytes = Buffer.allocUnsafeSlow(sealedBytes(plain.length, segmentBytes));
  bytes.set(sealer.header, 0);
  let at = HEADER_BYTES;
  for (let from = 0; from <= plain.length; from += segmentBytes) {
    const segment = plain.subarray(from, from + segmentBytes);
    at += sealer.sealSegment(segment, segment.length < segmentBytes, bytes, at);
  }
  assert(at === bytes.length, 'a sealed object is as long as computed');
  return { name: sealer.name, bytes: asSealedBytes(bytes) };
}

/**
 * For whoever put a header and its segments together with an `ObjectSealer`.
 * @throws Error (a bug) where `bytes` do not start with a header, or no object has that length
 */
export function asSealedBytes(bytes: Uint8Array): StorableBytes {
  try {
    plainBytesOf(bytes.length, decodeHeader(bytes).segmentBytes);
  } catch (error) {
    if (error instanceof AppError) assert(false, `these are no sealed bytes: ${error.message}`);
    throw error;
  }
  return bytes as StorableBytes;
}

function isOverlapping(a: Uint8Array, b: Uint8Array): boolean {
  const isApart =
    a.byteOffset + a.length <= b.byteOffset || b.byteOffset + b.length <= a.byteOffset;
  return a.buffer === b.buffer && !isApart && a.length > 0;
}

function selfCheckFailed(): AppError {
  return new AppError('self-check', 'a segment just sealed does not open to what went in', {
    hint: 'the memory or processor of this machine is faulty: test it before you rely on it',
  });
}
