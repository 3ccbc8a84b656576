/**
 * Searches the files of many snapshots: the job as an async generator of events, the last of which is the summary.
 * @module
 */
import type { AppError } from '../../base/failure.ts';
import { displayPath } from '../../files/path.ts';
import type { PathKey } from '../../format/entry.ts';
import type { SavedSnapshot } from '../../vault/snapshots.ts';
import type { Vault } from '../../vault/vault.ts';
import { openNodeSource } from '../inspect/node-source.ts';
import type { FileProblem } from '../events.ts';
import type { ReadableIndex } from '../inspect/open-snapshot.ts';
import { loadReadableIndex } from '../inspect/open-snapshot.ts';
import type { EntryFilter } from './entry-matcher.ts';
import { entryMatcher } from './entry-matcher.ts';
import type { FindEvent } from './events.ts';
import { ManifestSearch } from './manifest-search.ts';
import { searchRanges } from './search-ranges.ts';

export interface FindOptions extends EntryFilter {
  /** Searched in this order. */
  readonly snapshots: readonly SavedSnapshot[];
  /** Where it is loaded already. */
  readonly index?: ReadableIndex;
  readonly signal?: AbortSignal;
}

/** @throws AppError `usage` for a pattern that cannot be meant, `store/…`, `interrupted` */
export async function* find(vault: Vault, options: FindOptions): AsyncGenerator<FindEvent> {
  const { snapshots, signal, patterns = [], ignoreCase = false } = options;
  const startedMs = vault.clock();
  const matches = entryMatcher(options);
  const readable = options.index ?? (await loadReadableIndex(vault, signal));
  const lost: { error: AppError; from: PathKey }[] = [];
  const search = new ManifestSearch({
    chunks: readable.index.chunks,
    source: openNodeSource(vault, readable, signal),
    matches,
    ranges: searchRanges(patterns, ignoreCase),
    onDamage: (error, from) => void lost.push({ error, from }),
  });
  let [count, snapshotsWithMatches] = [0, 0];
  for (const [done, saved] of snapshots.entries()) {
    yield { type: 'progress', done, total: snapshots.length };
    const before = count;
    for await (const found of search.search(saved.snapshot.manifest)) {
      signal?.throwIfAborted();
      count += found.length;
      for (const entry of found) yield { type: 'match', snapshot: saved, entry };
    }
    if (count > before) snapshotsWithMatches++;
    for (const { error, from } of lost.splice(0)) yield damageProblem(saved, error, from);
  }
  yield {
    type: 'summary',
    matches: count,
    snapshots: snapshots.length,
    snapshotsWithMatches,
    nodesRead: search.nodesRead,
    durationMs: vault.clock() - startedMs,
  };
}

/** A part of a snapshot that could not be searched. */
export function damageProblem({ id }: SavedSnapshot, error: AppError, from: PathKey): FileProblem {
  return {
    type: 'problem',
    severity: 'error',
    path: `${id.slice(0, 8)}:${displayPath(from)}`,
    reason: 'damaged',
    message: `what comes from here on could not be searched: ${error.message}`,
  };
}
