/**
 * Follows the chain of each host's snapshots: every one says which one came before it, and what its bytes were.
 * @module
 */
import type { SnapshotListing } from '../../vault/snapshots.ts';
import type { DamageBook } from './damage-book.ts';

/**
 * A predecessor that is not there has to have a tombstone, and what is there has to be what its successor saw.
 * @param unreadable records under `gc/` that cannot be read, by key: what is missing may have been forgotten in them
 */
export function checkChain(
  { snapshots, damaged, forgotten }: SnapshotListing,
  unreadable: readonly string[],
  book: DamageBook,
): void {
  const hashes = new Map([...forgotten].map(([id, { sha256 }]) => [id, sha256]));
  for (const { id, sha256 } of snapshots) hashes.set(id, sha256);
  const unread = new Set(damaged.map(({ id }) => id));
  for (const { id, snapshot } of snapshots) {
    const { previous } = snapshot.chain;
    if (!previous || unread.has(previous.id)) continue;
    const next = `${id.slice(0, 8)} of ${snapshot.host}`;
    const subject = `snapshot ${previous.id}`;
    const sha256 = hashes.get(previous.id);
    if (sha256 === undefined) {
      const maybe = unreadable.length > 0 ? ', as far as the records can be read' : '';
      const message = `it came before ${next}, is gone, and nobody forgot it${maybe}`;
      book.note(subject, 'snapshot-missing', message);
    } else if (sha256 !== previous.sha256) {
      const message = `it is not the snapshot that ${next} was made after`;
      book.note(subject, 'snapshot-replaced', message);
    }
  }
}

/** Whether a snapshot names one before it of which nothing is known. */
export function isChainBroken({ snapshots, damaged, forgotten }: SnapshotListing): boolean {
  const known = new Set([...snapshots, ...damaged].map(({ id }) => id));
  return snapshots.some(({ snapshot: { chain } }) => {
    const id = chain.previous?.id;
    return id !== undefined && !known.has(id) && !forgotten.has(id);
  });
}
