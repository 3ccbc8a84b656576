/**
 * Where chunks lie beside the place that the table tells: without an object for each, since after packs were moved
 * that is every chunk in them.
 * @module
 */
import type { ChunkPlace } from '../../vault/index/chunk-table.ts';

/** The entry before it of the same row, counted from 1; row, pack, offset, stored bytes, raw bytes, codec. */
const WORDS = 7;
const FIRST_ENTRIES = 1024;

export class OtherPlaces {
  /** By row: its newest entry, counted from 1. It takes memory where it is touched. */
  readonly #newest: Uint32Array;
  #entries = new Uint32Array(FIRST_ENTRIES * WORDS);
  #count = 0;

  /** @param rows that the table may ever have */
  constructor(rows: number) {
    this.#newest = new Uint32Array(rows);
  }

  add(row: number, place: ChunkPlace): void {
    const at = this.#count * WORDS;
    if (at === this.#entries.length) {
      const larger = new Uint32Array(2 * at);
      larger.set(this.#entries);
      this.#entries = larger;
    }
    const { pack, offset, storedBytes, rawBytes, codec } = place;
    const entries = this.#entries;
    entries[at] = this.#newest[row] ?? 0;
    entries[at + 1] = row;
    entries[at + 2] = pack;
    entries[at + 3] = offset;
    entries[at + 4] = storedBytes;
    entries[at + 5] = rawBytes;
    entries[at + 6] = codec;
    this.#newest[row] = ++this.#count;
  }

  /** Of one row, in no order that counts. */
  *of(row: number): Generator<ChunkPlace> {
    for (let entry = this.#newest[row] ?? 0; entry > 0;) {
      const at = (entry - 1) * WORDS;
      yield this.#placeAt(at);
      entry = this.#entries[at] ?? 0;
    }
  }

  /** Of all rows. */
  forEach(take: (row: number, pack: number, storedBytes: number) => void): void {
    const entries = this.#entries;
    for (let at = 0; at < this.#count * WORDS; at += WORDS) {
      take(entries[at + 1] ?? 0, entries[at + 2] ?? 0, entries[at + 4] ?? 0);
    }
  }

  /** Each row that has any, once. */
  *rows(): Generator<number> {
    for (let at = 0; at < this.#count * WORDS; at += WORDS) {
      const isFirst = this.#entries[at] === 0;
      if (isFirst) yield this.#entries[at + 1] ?? 0;
    }
  }

  #placeAt(at: number): ChunkPlace {
    const entries = this.#entries;
    return {
      pack: entries[at + 2] ?? 0,
      offset: entries[at + 3] ?? 0,
      storedBytes: entries[at + 4] ?? 0,
      rawBytes: entries[at + 5] ?? 0,
      codec: entries[at + 6] ?? 0,
    };
  }
}
