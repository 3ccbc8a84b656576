/**
 * What index files say of a few packs, file by file.
 * @module
 */
import type { IndexColumns } from '../../../format/index-file.ts';
import { filterIndex } from '../index/filter-index.ts';
import { packsIn } from '../index/index-files.ts';
import type { ChunkRow } from './damaged-pack.ts';

const CHUNK_ID_BYTES = 32;

export class IndexedRows {
  readonly #wanted: ReadonlySet<string>;
  /** Of each file that names one of the packs, the part about them. */
  readonly #parts: IndexColumns[] = [];
  readonly #sealedBytes = new Map<string, number>();

  /** @param wanted names of packs */
  constructor(wanted: ReadonlySet<string>) {
    this.#wanted = wanted;
  }

  /** @returns whether the file names one of the packs */
  add(columns: IndexColumns): boolean {
    const packs = packsIn(columns);
    const isWanted = (number: number): boolean => this.#wanted.has(packs[number]?.id ?? '');
    if (!packs.some((_, number) => isWanted(number))) return false;
    const part = filterIndex(columns, isWanted);
    for (const { id, sealedBytes } of packsIn(part)) this.#sealedBytes.set(id, sealedBytes);
    this.#parts.push(part);
    return true;
  }

  /** How long the sealed pack should be; undefined where no file names it. */
  sealedBytesOf(packId: string): number | undefined {
    return this.#sealedBytes.get(packId);
  }

  /** Its chunks; again and again where several files name it. */
  *of(packId: string): Generator<ChunkRow> {
    for (const part of this.#parts) {
      const number = packsIn(part).findIndex(({ id }) => id === packId);
      if (number < 0) continue;
      for (let row = 0; row < part.codecs.length; row++) {
        if (part.packNumbers[row] === number) yield rowAt(part, row);
      }
    }
  }
}

function rowAt(part: IndexColumns, row: number): ChunkRow {
  return {
    id: part.chunkIds.subarray(row * CHUNK_ID_BYTES, (row + 1) * CHUNK_ID_BYTES),
    offset: part.offsets[row] ?? 0,
    codec: part.codecs[row] ?? 0,
    storedBytes: part.storedBytes[row] ?? 0,
    rawBytes: part.rawBytes[row] ?? 0,
  };
}
