/**
 * Which earlier snapshot a backup builds on, and how the new one is chained to this host's last.
 * @module
 */
import { compareBytes } from '../../base/bytes.ts';
import type { PathKey } from '../../format/entry.ts';
import type { SnapshotChain } from '../../format/snapshot.ts';
import type { SavedSnapshot } from '../../vault/snapshots.ts';

/** The newest snapshot of the same host and roots. @param snapshots oldest first */
export function chooseParent(
  snapshots: readonly SavedSnapshot[],
  host: string,
  roots: readonly PathKey[],
): SavedSnapshot | undefined {
  return snapshots.findLast(
    ({ snapshot }) => snapshot.host === host && isSameRoots(snapshot.roots, roots),
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
