/**
 * Which of the snapshots that count a job is for: those that are named, or those that fit a filter.
 * @module
 */
import { AppError } from '../../base/failure.ts';
import type { Vault } from '../../vault/vault.ts';
import type { SnapshotFilter } from '../inspect/snapshot-filter.ts';
import { snapshotMatcher } from '../inspect/snapshot-filter.ts';
import type { Candidates } from './load-candidates.ts';
import { namedIds } from './named-ids.ts';
import type { Candidate } from './policy/apply-policy.ts';

export interface LiveChoice {
  /** `snapshot-selector.ts` has the forms. */
  readonly selectors: readonly string[];
  /** Those that fit, besides; without it, only what is named. */
  readonly filter?: SnapshotFilter | undefined;
}

/**
 * Oldest first.
 * @throws AppError `usage` where nothing is named nor asked for, `snapshot/…`, the damage of one that is named
 */
export async function chooseLive(
  vault: Vault,
  { candidates, damaged }: Candidates,
  { selectors, filter }: LiveChoice,
  signal?: AbortSignal,
): Promise<Candidate[]> {
  if (selectors.length === 0 && !filter) {
    throw new AppError('usage', 'no snapshot is named', {
      hint: 'name some by their ids, or give --host, --tag, --path or --all',
    });
  }
  const ids = [...candidates, ...damaged].map(({ id }) => id);
  const named = await namedIds(vault, selectors, ids, signal);
  const broken = damaged.find(({ id }) => named.has(id));
  if (broken) throw broken.error;
  const fits = filter ? snapshotMatcher(filter) : () => false;
  return candidates.filter(({ id, snapshot }) => named.has(id) || fits(snapshot));
}
