/**
 * The stretch of a file that is in memory: it grows at its end, and slides when the memory is full. Pages of the
 * file lie on pages of the memory, so that a reader may go past the page cache.
 * @module
 */
import { assert } from '../base/failure.ts';
import { PAGE_BYTES } from '../base/page-memory.ts';

/** Reads bytes at a position of the file; 0 at its end, fewer than asked for at any time. */
export type ReadAt = (target: Uint8Array, position: number) => number;

// Small enough that bytes are scanned and hashed while they are in the cache.
const READ_BYTES = 256 * 1024;

/**
 * Once so much can be given up, and what stays is half of it at most, the window slides: long before the memory is
 * full, so that what it touches stays small, and most of it in the cache.
 */
const SLIDE_BYTES = 2 * 1024 * 1024;

/** The page of a file that `position` is in begins there. */
export function pageBefore(position: number): number {
  return position - (position % PAGE_BYTES);
}

export class FileWindow {
  readonly #buffer: Uint8Array;
  readonly #read: ReadAt;
  #start: number;
  #filled = 0;

  /** An empty window at `position` of the file, where a page begins. `buffer` is lent to it. */
  constructor(buffer: Uint8Array, read: ReadAt, position: number) {
    assert(position === pageBefore(position), 'a window begins with a page');
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
    if (this.#filled === this.#buffer.length || this.#isWorthSliding(keepFrom)) {
      this.#slide(keepFrom);
    }
    const room = this.#buffer.subarray(this.#filled, this.#filled + READ_BYTES);
    assert(room.length > 0, 'the chunker has room to read');
    const got = this.#read(room, this.end);
    assert(got >= 0 && got <= room.length, 'a read tells how much it read');
    this.#filled += got;
    return got > 0;
  }

  #isWorthSliding(keepFrom: number): boolean {
    const dropped = pageBefore(keepFrom) - this.#start;
    return dropped >= SLIDE_BYTES && 2 * (this.#filled - dropped) <= dropped;
  }

  #slide(keepFrom: number): void {
    const whole = pageBefore(keepFrom) - this.#start;
    // Where giving up whole pages gives no room, the pages get out of step, and reading slower.
    const drop = Math.max(0, whole > 0 ? whole : keepFrom - this.#start);
    this.#buffer.copyWithin(0, drop, this.#filled);
    this.#start += drop;
    this.#filled -= drop;
  }
}
