/**
 * Sums over rows of the chunk table.
 * @module
 */
import type { VaultIndex } from '../../vault/index/load-index.ts';
import type { ChunkUse } from './events.ts';

type Sums = { -readonly [K in keyof ChunkUse['data']]: number };

/** A sum that grows row by row. */
export class ChunkSum implements ChunkUse {
  readonly data: Sums = { chunks: 0, rawBytes: 0, storedBytes: 0 };
  readonly metadata: Sums = { chunks: 0, rawBytes: 0, storedBytes: 0 };

  add({ chunks, packs }: VaultIndex, row: number): void {
    const sums = packs.kindOf(chunks.packOf(row)) === 'meta' ? this.metadata : this.data;
    sums.chunks++;
    sums.rawBytes += chunks.rawBytesOf(row);
    sums.storedBytes += chunks.storedBytesOf(row);
  }
}

/** @param isCounted says so for each row of the table */
export function sumChunks(index: VaultIndex, isCounted: (row: number) => boolean): ChunkUse {
  const sum = new ChunkSum();
  for (let row = 0; row < index.chunks.count; row++) if (isCounted(row)) sum.add(index, row);
  return sum;
}
