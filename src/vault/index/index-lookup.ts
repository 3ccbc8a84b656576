/**
 * Index files as they are, sorted by chunk id: whoever looks for a few chunks only searches in them,
 * which is much less work than putting them all into a table.
 * @module
 */
import type { IndexColumns } from '../../format/index-file.ts';
import type { ChunkPlace } from './chunk-table.ts';

const ID_BYTES = 32;

interface IndexFile {
  readonly columns: IndexColumns;
  /** The number in the pack list of each of its packs. */
  readonly packs: readonly number[];
}

export class IndexLookup {
  readonly #files: IndexFile[] = [];
  readonly #dueMs: ReadonlyMap<number, number>;

  /** @param dueMs when condemned packs may be deleted, by number; those that stay longest are taken */
  constructor(dueMs: ReadonlyMap<number, number> = new Map()) {
    this.#dueMs = dueMs;
  }

  /** @param columns as `decodeIndex` gives them; kept */
  add(columns: IndexColumns, packs: readonly number[]): void {
    this.#files.push({ columns, packs });
  }

  /** Where the chunk with the id at `ids[at..at+32)` lies: as the first file says that has it in a pack that stays. */
  find(ids: Uint8Array, at: number): ChunkPlace | undefined {
    let best: ChunkPlace | undefined;
    let bestDueMs = -Infinity;
    for (const file of this.#files) {
      const row = findRow(file.columns.chunkIds, ids, at);
      if (row < 0) continue;
      const place = placeOf(file, row);
      const dueMs = this.#dueMs.get(place.pack);
      if (dueMs === undefined) return place;
      if (!best || dueMs > bestDueMs) [best, bestDueMs] = [place, dueMs];
    }
    return best;
  }

  /** Hands out everything, file by file. */
  forEach(take: (ids: Uint8Array, at: number, place: ChunkPlace) => void): void {
    for (const file of this.#files) {
      const { chunkIds, codecs } = file.columns;
      for (let row = 0; row < codecs.length; row++) {
        take(chunkIds, row * ID_BYTES, placeOf(file, row));
      }
    }
  }
}

function placeOf({ columns, packs }: IndexFile, row: number): ChunkPlace {
  return {
    pack: packs[columns.packNumbers[row] ?? 0] ?? 0,
    offset: columns.offsets[row] ?? 0,
    storedBytes: columns.storedBytes[row] ?? 0,
    rawBytes: columns.rawBytes[row] ?? 0,
    codec: columns.codecs[row] ?? 0,
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
