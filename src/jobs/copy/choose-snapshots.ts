/**
 * Which snapshots are to be copied.
 * @module
 */
import type { DamagedSnapshot, SavedSnapshot, SnapshotListing } from '../../vault/snapshots.ts';
import type { Vault } from '../../vault/vault.ts';
import { namedIds } from '../forget/named-ids.ts';
import type { SnapshotFilter } from '../inspect/snapshot-filter.ts';
import { snapshotMatcher } from '../inspect/snapshot-filter.ts';

export interface CopyChoice {
  /** `snapshot-selector.ts` has the forms. */
  readonly selectors: readonly string[];
  /** Those that fit, besides. Without selectors and filter all are copied. */
  readonly filter?: SnapshotFilter | undefined;
}

export interface ChosenSnapshots {
  /** Oldest first. */
  readonly chosen: readonly SavedSnapshot[];
  /** Ids of those that were named one by one. */
  readonly named: ReadonlySet<string>;
  /** Cannot be read, and would have been copied. */
  readonly damaged: readonly DamagedSnapshot[];
  /** Cannot be read: nobody knows whether they fit the filter. */
  readonly unsure: readonly DamagedSnapshot[];
}

/** @throws AppError `usage`, `snapshot/…` for a selector that names none */
export async function chooseSnapshots(
  vault: Vault,
  { snapshots, damaged }: SnapshotListing,
  { selectors, filter }: CopyChoice,
  signal: AbortSignal,
): Promise<ChosenSnapshots> {
  const isAll = selectors.length === 0 && !filter;
  const ids = [...snapshots, ...damaged].map(({ id }) => id);
  const named = await namedIds(vault, selectors, ids, signal);
  const fits = filter ? snapshotMatcher(filter) : () => isAll;
  return {
    chosen: snapshots.filter(({ id, snapshot }) => named.has(id) || fits(snapshot)),
    named,
    damaged: damaged.filter(({ id }) => named.has(id) || isAll),
    unsure: damaged.filter(({ id }) => !named.has(id) && filter),
  };
}
