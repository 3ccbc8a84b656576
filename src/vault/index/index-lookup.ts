/**
 * Index files as they are, sorted by chunk id: whoever looks for a few chunks only searches in them,
 * which is much less work than putting them all into a table.
 * @module
 */
import type { IndexRows } from '../../format/index-file.ts';
import type { ChunkPlace } from './chunk-table.ts';

const ID_BYTES = 32;

interface IndexFile {
  readonly rows: IndexRows;
  /** The number in the pack list of each of its packs. */
  readonly packs: readonly number[];
}

export class IndexLookup {
  readonly #files: IndexFile[] = [];
  #count = 0;
  readonly #dueMs: ReadonlyMap<number, number>;

  /** @param dueMs when condemned packs may be deleted, by number; those that stay longest are taken */
  constructor(dueMs: ReadonlyMap<number, number> = new Map()) {
    this.#dueMs = dueMs;
  }

  /** @param rows kept, and their memory given back in the end */
  add(rows: IndexRows, packs: readonly number[]): void {
    this.#files.push({ rows, packs });
    this.#count += rows.codecs.length;
  }

  /** Where the chunk with the id at `ids[at..at+32)` lies: as the first file says that has it in a pack that stays. */
  find(ids: Uint8Array, at: number): ChunkPlace | undefined {
    let best: ChunkPlace | undefined;
    let bestDueMs = -Infinity;
    for (const file of this.#files) {
      const row = findRow(file.rows.chunkIds, ids, at);
      if (row < 0) continue;
      const place = placeOf(file, row);
      const dueMs = this.#dueMs.get(place.pack);
      if (dueMs === undefined) return place;
      if (!best || dueMs > bestDueMs) [best, bestDueMs] = [place, dueMs];
    }
    return best;
  }

  /** Rows; a chunk may have several. */
  get count(): number {
    return this.#count;
  }

  /** Hands out everything, file by file. */
  forEach(take: (ids: Uint8Array, at: number, place: ChunkPlace) => void): void {
    for (const file of this.#files) forEachRow(file, take);
  }

  /** As `forEach`, and gives back the memory of each file, so that nothing is left. */
  drain(take: (ids: Uint8Array, at: number, place: ChunkPlace) => void): void {
    for (let file = this.#files.shift(); file; file = this.#files.shift()) {
      forEachRow(file, take);
      file.rows.release();
    }
    this.#count = 0;
  }

  /** Gives the memory of all files back, so that nothing is left. */
  clear(): void {
    // Tens of megabytes each: not left to the collector, which would run for them again and again.
    for (const { rows } of this.#files.splice(0)) rows.release();
    this.#count = 0;
  }
}

function forEachRow(
  file: IndexFile,
  take: (ids: Uint8Array, at: number, place: ChunkPlace) => void,
): void {
  const { chunkIds, codecs } = file.rows;
  for (let row = 0; row < codecs.length; row++) take(chunkIds, row * ID_BYTES, placeOf(file, row));
}

function placeOf({ rows, packs }: IndexFile, row: number): ChunkPlace {
  return {
    pack: packs[rows.packNumber(row)] ?? 0,
    offset: rows.offset(row),
    storedBytes: rows.storedBytes(row),
    rawBytes: rows.rawBytes(row),
    codec: rows.codecs[row] ?? 0,
  };
}

function findRow(sorted: Buffer, ids: Uint8Array, at: number): number {
  let low = 0;
  let high = sorted.length / ID_BYTES;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const from = middle * ID_BYTES;
    let i = 0;
    while (i < ID_BYTES && sorted[from + i] === ids[at + i]) i++;
    if (i === ID_BYTES) return middle;
    if ((sorted[from + i] ?? 0) < (ids[at + i] ?? 0)) low = middle + 1;
    else high = middle;
  }
  return -1;
}
