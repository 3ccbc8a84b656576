/**
 * Seals plain bytes as they come, in whatever pieces.
 * @module
 */
import { createCipheriv } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { assert } from '../../../../base/failure.ts';
import { KiB } from '../../../../base/units.ts';
import { CIPHER, SEGMENT_BYTES, TAG_BYTES, segmentNonce } from './segments.ts';

/** Pieces below are gathered first: a client that sends single bytes must not cost an object for each. */
const SMALL_PIECE_BYTES = 4 * KiB;
const GATHER_BYTES = 32 * KiB;

/**
 * How much goes through the cipher at once: it is still in the processor's cache when it is summed and copied. Not
 * 64 KiB, the size of Node's pool: such memory is not given back at once (`releaseBytes`), which costs half as much
 * again.
 */
const SLICE_BYTES = 32 * KiB;

export type TakeSealed = (sealed: Buffer) => void;
export type GiveBack = (piece: Buffer) => void;

/**
 * Holds at most one segment and one piece: whether a segment is the last is part of how it is sealed. Pieces are kept,
 * not copied (but small ones): they must not be changed by whoever made them.
 */
export class Sealer {
  readonly #key: KeyObject;
  readonly #giveBack: GiveBack | undefined;
  #held: Buffer[] = [];
  /** How much of the first piece is sealed already. */
  #doneOfFirst = 0;
  #heldBytes = 0;
  #gathered = Buffer.alloc(0);
  #gatheredBytes = 0;
  #segment = 0;
  #sizeBytes = 0;
  #storedBytes = 0;
  #crc32 = 0;

  /** @param giveBack gets each piece that is not looked at any more */
  constructor(key: KeyObject, giveBack?: GiveBack) {
    this.#key = key;
    this.#giveBack = giveBack;
  }

  /** Plain bytes taken so far. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Sealed bytes given out so far. */
  get storedBytes(): number {
    return this.#storedBytes;
  }

  /** Of the sealed bytes given out so far. */
  get crc32(): number {
    return this.#crc32;
  }

  /** Whether a segment that is not the last is there to be sealed. */
  get hasSegment(): boolean {
    return this.#heldBytes > SEGMENT_BYTES;
  }

  /** Nothing is sealed yet: see `hasSegment`. */
  push(piece: Buffer): void {
    this.#sizeBytes += piece.length;
    if (piece.length < SMALL_PIECE_BYTES) {
      this.#gather(piece);
      this.#giveBack?.(piece);
    } else {
      this.#holdGathered();
      this.#hold(piece);
    }
  }

  /** @param take gets what is sealed, piece by piece: its to keep */
  sealSegment(take: TakeSealed): void {
    assert(this.hasSegment, 'there is no whole segment');
    this.#seal(SEGMENT_BYTES, false, take);
  }

  /** Nothing more will be pushed. Segments may be there still, and the last one always is. */
  end(): void {
    this.#holdGathered();
  }

  sealLast(take: TakeSealed): void {
    assert(!this.hasSegment, 'there is more than the last segment');
    this.#seal(this.#heldBytes, true, take);
  }

  #hold(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#held.push(piece);
    this.#heldBytes += piece.length;
  }

  #gather(piece: Buffer): void {
    if (this.#gatheredBytes + piece.length > this.#gathered.length) {
      this.#holdGathered();
      this.#gathered = Buffer.allocUnsafe(GATHER_BYTES);
    }
    this.#gathered.set(piece, this.#gatheredBytes);
    this.#gatheredBytes += piece.length;
  }

  #holdGathered(): void {
    // What was held may have been given back meanwhile: a full gathering has nothing left to point at.
    if (this.#gatheredBytes === 0) return;
    this.#hold(this.#gathered.subarray(0, this.#gatheredBytes));
    this.#gathered = this.#gathered.subarray(this.#gatheredBytes);
    this.#gatheredBytes = 0;
  }

  #seal(length: number, isLast: boolean, take: TakeSealed): void {
    const nonce = segmentNonce(this.#segment++, isLast);
    const cipher = createCipheriv(CIPHER, this.#key, nonce, { authTagLength: TAG_BYTES });
    let left = length;
    let taken = 0;
    while (left > 0) {
      const piece = this.#held[taken] as Buffer;
      const from = this.#doneOfFirst;
      const part = piece.subarray(from, from + Math.min(left, SLICE_BYTES));
      left -= part.length;
      this.#give(cipher.update(part), take);
      this.#doneOfFirst += part.length;
      if (this.#doneOfFirst < piece.length) continue;
      this.#doneOfFirst = 0;
      taken++;
      this.#giveBack?.(piece);
    }
    this.#held.splice(0, taken);
    this.#heldBytes -= length;
    cipher.final();
    this.#give(cipher.getAuthTag(), take);
  }

  #give(sealed: Buffer, take: TakeSealed): void {
    this.#crc32 = crc32(sealed, this.#crc32);
    this.#storedBytes += sealed.length;
    take(sealed);
  }
}
