/**
 * Decides, for each needed chunk that lies in several packs, in which of them it is needed; and adds up what is
 * needed of each pack.
 * @module
 */
import type { ChunkPlace } from '../../../vault/index/chunk-table.ts';
import type { RowSet } from '../../../vault/index/row-set.ts';
import type { PruneIndex } from '../prune-index.ts';
import { placeOf } from '../prune-index.ts';
import type { Survey } from '../survey.ts';

/** By pack number. */
export interface PackUse {
  /** Stored bytes of all its chunks. */
  readonly totalBytes: Float64Array;
  /** Of those that are needed in this pack. */
  readonly neededBytes: Float64Array;
  readonly neededChunks: Uint32Array;
}

/** Changes the table: it says then where each chunk is needed. */
export function choosePlaces(survey: Survey, needed: RowSet): PackUse {
  const { index } = survey;
  const before = addUp(index, needed, true);
  const rank = rankPacks(survey, before);
  const unsafe: ChunkPlace[] = [];
  for (const row of index.otherPlaces.rows()) {
    const places = [placeOf(index.chunks, row), ...index.otherPlaces.of(row)];
    const best = places.reduce((a, b) => (isBetter(rank, index, b, a) ? b : a));
    index.chunks.place(row, best);
    const isSafe = (rank[best.pack] ?? 0) >= 0;
    if (needed.has(row) && !isSafe) unsafe.push(...places.filter((place) => place !== best));
  }
  const after = { ...addUp(index, needed, false), totalBytes: before.totalBytes };
  // Of packs that are all condemned, another prune may be deleting any: none of them can be spared.
  for (const { pack } of unsafe) after.neededChunks[pack] = (after.neededChunks[pack] ?? 0) + 1;
  return after;
}

/** @param isEverywhere a chunk counts in each pack that it lies in, not only where it is needed */
function addUp(index: PruneIndex, needed: RowSet, isEverywhere: boolean): PackUse {
  const { chunks, packs, otherPlaces } = index;
  const use: PackUse = {
    totalBytes: new Float64Array(packs.count),
    neededBytes: new Float64Array(packs.count),
    neededChunks: new Uint32Array(packs.count),
  };
  const add = (pack: number, storedBytes: number, isNeeded: boolean): void => {
    use.totalBytes[pack] = (use.totalBytes[pack] ?? 0) + storedBytes;
    if (!isNeeded) return;
    use.neededBytes[pack] = (use.neededBytes[pack] ?? 0) + storedBytes;
    use.neededChunks[pack] = (use.neededChunks[pack] ?? 0) + 1;
  };
  const { count } = chunks;
  for (let row = 0; row < count; row++) {
    add(chunks.packOf(row), chunks.storedBytesOf(row), needed.has(row));
  }
  if (!isEverywhere) return use;
  otherPlaces.forEach((row, pack, storedBytes) => add(pack, storedBytes, needed.has(row)));
  return use;
}

/**
 * A pack that is there before one that is gone, one that stays before one that is condemned; then the one of which
 * more is needed, so that what an interrupted prune has moved already counts where it was moved to.
 */
function rankPacks({ index, listed, gc }: Survey, use: PackUse): Float64Array {
  const rank = new Float64Array(index.packs.count);
  for (let n = 0; n < rank.length; n++) {
    const id = index.packs.idOf(n);
    if (!listed.has(id)) rank[n] = -2;
    else if (gc.condemned.has(id)) rank[n] = -1;
    else rank[n] = (use.neededBytes[n] ?? 0) / Math.max(1, use.totalBytes[n] ?? 0);
  }
  return rank;
}

/** Every prune must come to the same answer, whatever the order of the index files. */
function isBetter(
  rank: Float64Array,
  { packs }: PruneIndex,
  a: ChunkPlace,
  b: ChunkPlace,
): boolean {
  const difference = (rank[a.pack] ?? 0) - (rank[b.pack] ?? 0);
  if (difference !== 0) return difference > 0;
  if (a.pack !== b.pack) return packs.idOf(a.pack) < packs.idOf(b.pack);
  return a.offset < b.offset;
}
