/**
 * Whether a prune has changed the vault since somebody looked at it: for whoever is about to delete index files by
 * what was seen then.
 * @module
 */
import { collectKeys } from '../list-ahead.ts';
import { INDEX_PREFIX } from '../pack-key.ts';
import type { Vault } from '../vault.ts';
import type { GcState } from './gc-state.ts';

/** What was seen, and what there is now. */
export interface SeenIndex {
  /** Names of the records that were there, or that the asker wrote itself. */
  readonly records: ReadonlySet<string>;
  /** Keys of the index files that are to be deleted, or that were built on. */
  readonly files: readonly string[];
  readonly now: Pick<GcState, 'records'>;
}

/** What another is about to delete, and what it takes for granted, is not known: one of the two has to give way. */
export async function isPruneAtWork(
  vault: Vault,
  { records, files, now }: SeenIndex,
  signal?: AbortSignal,
): Promise<boolean> {
  if (now.records.some(({ id, record }) => !records.has(id) && 'packs' in record)) return true;
  const there = await collectKeys(vault.store, INDEX_PREFIX, signal);
  return files.some((key) => !there.has(key));
}
