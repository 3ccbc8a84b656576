/**
 * Follows the chain of each host's snapshots: every one says which one came before it, and what its bytes were.
 * @module
 */
import type { SnapshotListing } from '../../vault/snapshots.ts';
import type { DamageBook } from './damage-book.ts';

/**
 * @returns a sentence for each snapshot whose predecessor is not there: it was deleted, by somebody who may or by
 *   somebody who may not
 */
export function checkChain({ snapshots, damaged }: SnapshotListing, book: DamageBook): string[] {
  const hashes = new Map(snapshots.map(({ id, sha256 }) => [id, sha256]));
  const unreadable = new Set(damaged.map(({ id }) => id));
  const notes: string[] = [];
  for (const { id, snapshot } of snapshots) {
    const { previous } = snapshot.chain;
    if (!previous || unreadable.has(previous.id)) continue;
    const sha256 = hashes.get(previous.id);
    if (sha256 === undefined) {
      const [gone, next] = [previous.id.slice(0, 8), id.slice(0, 8)];
      notes.push(`snapshot ${gone}, which came before ${next} of ${snapshot.host}, is not there`);
    } else if (sha256 !== previous.sha256) {
      const next = id.slice(0, 8);
      const message = `it is not the snapshot that ${next} of ${snapshot.host} was made after`;
      book.note(`snapshot ${previous.id}`, 'snapshot-replaced', message);
    }
  }
  return notes;
}
