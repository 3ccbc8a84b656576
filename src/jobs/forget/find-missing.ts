/**
 * Snapshots that were there once, are not stored any more, and were never forgotten: known from the chains of those
 * that are there, and from what somebody remembers.
 * @module
 */
import type { ForgottenSnapshot } from '../../format/documents/gc-record.ts';
import type { GcState } from '../../vault/gc/gc-state.ts';
import type { SavedSnapshot } from '../../vault/snapshots.ts';

/** What is known of a snapshot that is gone; 0 for a time that nobody knows. */
export type KnownSnapshot = Omit<ForgottenSnapshot, 'replacedBy'>;

export interface Present {
  /** Names of all that the store lists. */
  readonly stored: ReadonlySet<string>;
  readonly forgotten: GcState['forgotten'];
}

/** By host, then in the order of their chains. */
export function findMissing(
  snapshots: readonly SavedSnapshot[],
  remembered: readonly KnownSnapshot[],
  { stored, forgotten }: Present,
): KnownSnapshot[] {
  const known = new Map<string, KnownSnapshot>();
  for (const { snapshot } of snapshots) {
    const { host, chain } = snapshot;
    const { previous } = chain;
    if (previous) {
      const sequence = Math.max(0, chain.sequence - 1);
      known.set(previous.id, { ...previous, host, sequence, timeMs: 0 });
    }
  }
  // They know the time as well.
  for (const one of remembered) known.set(one.id, one);
  return [...known.values()]
    .filter(({ id }) => !stored.has(id) && !forgotten.has(id))
    .sort((a, b) => (a.host === b.host ? a.sequence - b.sequence : a.host < b.host ? -1 : 1));
}
