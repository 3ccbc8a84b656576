/**
 * The stretch of a file that is in memory: it grows at its end, and slides when the memory is full.
 * @module
 */
import { assert } from '../base/failure.ts';

/** Reads bytes at a position of the file; 0 at its end, fewer than asked for at any time. */
export type ReadAt = (target: Uint8Array, position: number) => number;

// Small enough that bytes are scanned and hashed while they are in the cache.
const READ_BYTES = 256 * 1024;

export class FileWindow {
  readonly #buffer: Uint8Array;
  readonly #read: ReadAt;
  #start: number;
  #filled = 0;

  /** An empty window at `position` of the file. `buffer` is lent to it. */
  constructor(buffer: Uint8Array, read: ReadAt, position: number) {
    this.#buffer = buffer;
    this.#read = read;
    this.#start = position;
  }

  /** File offset of `buffer[0]`. */
  get start(): number {
    return this.#start;
  }

  /** File offset after the last byte in memory. */
  get end(): number {
    return this.#start + this.#filled;
  }

  /** Bytes [from, to) of the file, a view that is valid until the next `fill`. */
  view(from: number, to: number): Uint8Array {
    return this.#buffer.subarray(from - this.#start, to - this.#start);
  }

  /**
   * Reads more, giving up bytes before file offset `keepFrom` where there is no room left.
   * @returns false at the end of the file
   */
  fill(keepFrom: number): boolean {
    if (this.#filled === this.#buffer.length) this.#slide(keepFrom);
    const room = this.#buffer.subarray(this.#filled, this.#filled + READ_BYTES);
    assert(room.length > 0, 'the chunker has room to read');
    const got = this.#read(room, this.end);
    assert(got >= 0 && got <= room.length, 'a read tells how much it read');
    this.#filled += got;
    return got > 0;
  }

  #slide(keepFrom: number): void {
    const drop = Math.max(0, keepFrom - this.#start);
    this.#buffer.copyWithin(0, drop, this.#filled);
    this.#start += drop;
    this.#filled -= drop;
  }
}
