/**
 * Which earlier snapshot a backup builds on, and how the new one is chained to this host's last.
 * @module
 */
import { compareBytes } from '../../base/bytes.ts';
import { AppError } from '../../base/failure.ts';
import type { PathKey } from '../../format/entry.ts';
import type { SnapshotChain } from '../../format/snapshot.ts';
import type { SavedSnapshot } from '../../vault/snapshots.ts';

export interface ParentWish {
  readonly host: string;
  readonly roots: readonly PathKey[];
  /** An id or the start of one. */
  readonly parent?: string | undefined;
  readonly force: boolean;
}

/**
 * The newest snapshot of the same host and roots, or the one asked for.
 * @param snapshots oldest first
 * @throws AppError `snapshot/not-found`, `snapshot/ambiguous` for the one asked for
 */
export function chooseParent(
  snapshots: readonly SavedSnapshot[],
  wish: ParentWish,
): SavedSnapshot | undefined {
  if (wish.force) return undefined;
  const { parent } = wish;
  if (parent !== undefined) {
    const found = snapshots.filter(({ id }) => id.startsWith(parent.toLowerCase()));
    if (found.length === 1) return found[0];
    const [code, why] =
      found.length === 0
        ? (['snapshot/not-found', 'there is no snapshot'] as const)
        : (['snapshot/ambiguous', 'there is more than one snapshot'] as const);
    throw new AppError(code, `${why} whose id starts with ${parent}`, {
      hint: 'see `cybs3 snapshots` for the ids',
    });
  }
  return snapshots.findLast(
    ({ snapshot }) => snapshot.host === wish.host && isSameRoots(snapshot.roots, wish.roots),
  );
}

function isSameRoots(a: readonly PathKey[], b: readonly PathKey[]): boolean {
  if (a.length !== b.length) return false;
  const [left, right] = [[...a].sort(compareBytes), [...b].sort(compareBytes)];
  return left.every((root, i) => compareBytes(root, right[i] ?? new Uint8Array(0)) === 0);
}

/** The link from a host's next snapshot to its last one. */
export function nextInChain(snapshots: readonly SavedSnapshot[], host: string): SnapshotChain {
  let last: SavedSnapshot | undefined;
  for (const saved of snapshots) {
    if (saved.snapshot.host !== host) continue;
    const sequence = saved.snapshot.chain.sequence;
    if (!last || sequence >= last.snapshot.chain.sequence) last = saved;
  }
  if (!last) return { sequence: 0 };
  const previous = { id: last.id, sha256: last.sha256 };
  return { sequence: last.snapshot.chain.sequence + 1, previous };
}
