/**
 * Memory that stretches of packs are fetched into and opened from, used again and again: fresh memory for
 * each would cost more than opening what comes into it. Shared with the workers, so nothing is handed over.
 * @module
 */
import { assert } from '../../../base/failure.ts';
import { PAGE_BYTES, pageAlignedMemory } from '../../../base/page-memory.ts';
import { MiB } from '../../../base/units.ts';

const GRAIN_BYTES = MiB;
/** For what is read in whole pages. */
const SPARE_PAGES = 2;

/** Shorter stretches come into fresh memory: a slot each would hold ten times what they need. */
const SMALL_BYTES = MiB / 2;

/** Room for one stretch. */
export interface FetchSlot {
  /**
   * Page-aligned, with pages to spare; `undefined` for a stretch that is short, or longer than any slot.
   */
  readonly memory: Uint8Array | undefined;
  readonly number: number | undefined;
  readonly grains: number;
}

export class FetchSlots {
  readonly #memory: SharedArrayBuffer;
  readonly #slotBytes: number;
  readonly #longestBytes: number;
  readonly #free: number[];
  readonly #grains: number;
  #freeGrains: number;
  readonly #waiting: { bytes: number; resolve: (slot: FetchSlot) => void }[] = [];

  /**
   * @param longestBytes what nearly all stretches are no longer than
   * @param count so many of them are on their way, or with a worker, at once
   */
  constructor(longestBytes: number, count: number) {
    this.#grains = count * Math.ceil(longestBytes / GRAIN_BYTES);
    this.#freeGrains = this.#grains;
    this.#longestBytes = longestBytes;
    this.#slotBytes = (Math.ceil(longestBytes / PAGE_BYTES) + SPARE_PAGES) * PAGE_BYTES;
    this.#memory = pageAlignedMemory(count * this.#slotBytes);
    this.#free = Array.from({ length: count }, (_, n) => count - 1 - n);
  }

  /** Waits for a slot, and for `bytes` of the memory that all stretches share. In order. */
  async take(bytes: number): Promise<FetchSlot> {
    if (this.#waiting.length === 0 && this.#hasRoom(bytes)) return this.#next(bytes);
    return new Promise((resolve) => this.#waiting.push({ bytes, resolve }));
  }

  give({ number, grains }: FetchSlot): void {
    if (number !== undefined) this.#free.push(number);
    this.#freeGrains += grains;
    for (;;) {
      const [first] = this.#waiting;
      if (!first || !this.#hasRoom(first.bytes)) return;
      this.#waiting.shift();
      first.resolve(this.#next(first.bytes));
    }
  }

  #wantsSlot(bytes: number): boolean {
    return bytes > SMALL_BYTES && bytes <= this.#longestBytes;
  }

  #hasRoom(bytes: number): boolean {
    const hasSlot = this.#free.length > 0 || !this.#wantsSlot(bytes);
    return hasSlot && this.#freeGrains >= this.#grainsOf(bytes);
  }

  #next(bytes: number): FetchSlot {
    const grains = this.#grainsOf(bytes);
    this.#freeGrains -= grains;
    if (!this.#wantsSlot(bytes)) return { memory: undefined, number: undefined, grains };
    const number = this.#free.pop();
    assert(number !== undefined, 'a slot is free');
    const memory = new Uint8Array(this.#memory, number * this.#slotBytes, this.#slotBytes);
    return { memory, number, grains };
  }

  /** No more than there are, or it would wait for ever; never none. */
  #grainsOf(bytes: number): number {
    return Math.min(Math.max(1, Math.ceil(bytes / GRAIN_BYTES)), this.#grains);
  }
}
