/**
 * Which earlier snapshot a backup builds on, and how the new one is chained to this host's last.
 * @module
 */
import { compareBytes } from '../../base/bytes.ts';
import type { PathKey } from '../../format/entry.ts';
import type { SnapshotChain } from '../../format/snapshot.ts';
import type { SavedSnapshot, SnapshotListing } from '../../vault/snapshots.ts';

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

/** The link from a host's next snapshot to its last one, be that forgotten or not. */
export function nextInChain(
  { snapshots, forgotten }: Pick<SnapshotListing, 'snapshots' | 'forgotten'>,
  host: string,
): SnapshotChain {
  // Of the same sequence, one that is there before one that it took the place of.
  const links = [
    ...forgotten.values(),
    ...snapshots.map(({ id, sha256, snapshot }) => {
      return { id, sha256, host: snapshot.host, sequence: snapshot.chain.sequence };
    }),
  ];
  const last = links
    .filter((link) => link.host === host)
    .reduce<(typeof links)[number] | undefined>(
      (newest, link) => (newest && newest.sequence > link.sequence ? newest : link),
      undefined,
    );
  if (!last) return { sequence: 0 };
  return { sequence: last.sequence + 1, previous: { id: last.id, sha256: last.sha256 } };
}
