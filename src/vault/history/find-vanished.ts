/**
 * Compares what was seen with what is there: a snapshot goes by being forgotten, and in no other way.
 * @module
 */
import type { GcState } from '../gc/gc-state.ts';
import type { SeenSnapshot } from './seen-snapshots.ts';

/**
 * @param listed names of all snapshots that the store lists
 * @returns those that are not listed and have no tombstone, by host and in the order of their chains
 */
export function findVanished(
  seen: Iterable<SeenSnapshot>,
  listed: ReadonlySet<string>,
  gc: GcState,
): SeenSnapshot[] {
  const gone = [...seen].filter(({ id }) => !listed.has(id) && !gc.forgotten.has(id));
  if (gone.length === 0) return gone;
  const everForgotten = namesEverForgotten(gc);
  return gone
    .filter(({ id }) => !everForgotten.has(id))
    .sort((a, b) => (a.host === b.host ? a.sequence - b.sequence : a.host < b.host ? -1 : 1));
}

/** Also those that were taken back: of one that is gone since then, only the older record tells. */
export function namesEverForgotten({ records }: GcState): Set<string> {
  const names = new Set<string>();
  for (const { record } of records) {
    if (record.type !== 'forgotten') continue;
    for (const { id } of record.snapshots) names.add(id);
  }
  return names;
}
