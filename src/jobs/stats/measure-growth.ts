/**
 * What each of several snapshots added, and what it has for itself alone.
 *
 * Going through them in the order of time, a chunk belongs to the first that needs it; going back, to the last. Where
 * both are the same snapshot, no other needs it. So each distinct node is read twice, and not once for
 * each snapshot that has it. Four bytes and three bits a chunk are kept.
 * @module
 */
import type { VaultIndex } from '../../vault/index/load-index.ts';
import { RowSet } from '../../vault/index/row-set.ts';
import type { ChunkWalk } from '../../vault/manifest/walk-chunks.ts';
import type { SavedSnapshot } from '../../vault/snapshots.ts';
import type { SnapshotGrowth } from './events.ts';
import { ChunkSum } from './sum-chunks.ts';

export interface GrowthParts {
  readonly index: VaultIndex;
  /** Oldest first. */
  readonly snapshots: readonly SavedSnapshot[];
  /** A walk that has been nowhere yet. */
  readonly newWalk: () => ChunkWalk;
  /** Called for each snapshot, twice. */
  readonly onSnapshot: () => void;
}

/**
 * @returns also the rows that any of them needs
 * @throws AppError as `ChunkWalk.add`
 */
export async function measureGrowth(
  parts: GrowthParts,
): Promise<{ growth: SnapshotGrowth[]; needed: RowSet }> {
  const { index, snapshots } = parts;
  const sums = snapshots.map(() => ({ added: new ChunkSum(), own: new ChunkSum() }));
  /** Of each row: 1 + the number of the first snapshot that needs it. */
  const first = new Uint32Array(index.chunks.count);
  const needed = await walkInOrder(parts, [...snapshots.keys()], (number, row) => {
    first[row] = number + 1;
    sums[number]?.added.add(index, row);
  });
  await walkInOrder(parts, [...snapshots.keys()].reverse(), (number, row) => {
    if (first[row] === number + 1) sums[number]?.own.add(index, row);
  });
  const growth = snapshots.map(({ id, snapshot }, number) => {
    const { timeMs, host, totals } = snapshot;
    const { added, own } = sums[number] ?? { added: new ChunkSum(), own: new ChunkSum() };
    return { id, timeMs, host, files: totals.files, bytes: totals.bytes, added, own };
  });
  return { growth, needed };
}

/** @param onRow told of each row that is needed, with the number of the first snapshot in `order` that does */
async function walkInOrder(
  { index, snapshots, newWalk, onSnapshot }: GrowthParts,
  order: readonly number[],
  onRow: (number: number, row: number) => void,
): Promise<RowSet> {
  const walk = newWalk();
  const { needed } = walk;
  const { count } = index.chunks;
  const known = new RowSet(count);
  for (const number of order) {
    const { manifest } = (snapshots[number] as SavedSnapshot).snapshot;
    await walk.add(manifest);
    for (let row = 0; row < count; row++) {
      if (!needed.has(row) || known.has(row)) continue;
      known.add(row);
      onRow(number, row);
    }
    onSnapshot();
  }
  return needed;
}
