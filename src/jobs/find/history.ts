/**
 * Follows one path through many snapshots: the job as an async generator of events, the last of which is the summary.
 * Each host's snapshots are followed on their own: a path of two machines is two files.
 * @module
 */
import { isDamage, isFailure } from '../../base/failure.ts';
import { isInside } from '../../files/path.ts';
import type { Entry, PathKey } from '../../format/entry.ts';
import type { SavedSnapshot } from '../../vault/snapshots.ts';
import type { Vault } from '../../vault/vault.ts';
import { compareEntries } from '../diff/compare-entries.ts';
import { openNodeSource } from '../inspect/node-source.ts';
import type { ReadableIndex } from '../inspect/open-snapshot.ts';
import { loadReadableIndex } from '../inspect/open-snapshot.ts';
import type { HistoryEvent, HistoryVersion } from './events.ts';
import { damageProblem } from './find.ts';
import { PathLookup } from './path-lookup.ts';

export interface HistoryOptions {
  readonly path: PathKey;
  /** Oldest first. */
  readonly snapshots: readonly SavedSnapshot[];
  /** Where it is loaded already. */
  readonly index?: ReadableIndex;
  readonly signal?: AbortSignal;
}

/** A host's newest version; the entry is undefined once it is gone. */
interface Known {
  readonly entry: Entry | undefined;
}

/** @throws AppError `store/…`, `interrupted` */
export async function* history(
  vault: Vault,
  options: HistoryOptions,
): AsyncGenerator<HistoryEvent> {
  const { path, snapshots, signal } = options;
  const startedMs = vault.clock();
  const readable = options.index ?? (await loadReadableIndex(vault, signal));
  const lookup = new PathLookup(openNodeSource(vault, readable, signal), path);
  const hosts = new Map<string, Known>();
  let [versions, looked] = [0, 0];
  for (const [done, saved] of snapshots.entries()) {
    signal?.throwIfAborted();
    yield { type: 'progress', done, total: snapshots.length };
    const { manifest, roots, host } = saved.snapshot;
    const found = await lookUp(lookup, manifest);
    if ('error' in found) {
      yield damageProblem(saved, found.error, path);
      continue;
    }
    // Who did not save the path says nothing about it.
    if (!found.entry && !roots.some((root) => isInside(path, root))) continue;
    looked++;
    const version = versionOf(hosts.get(host), found.entry, saved);
    if (!version) continue;
    hosts.set(host, found);
    versions++;
    yield version;
  }
  const { nodesRead } = lookup;
  const durationMs = vault.clock() - startedMs;
  yield { type: 'summary', versions, snapshots: looked, nodesRead, durationMs };
}

async function lookUp(lookup: PathLookup, manifest: SavedSnapshot['snapshot']['manifest']) {
  try {
    return { entry: await lookup.find(manifest) };
  } catch (error) {
    if (isDamage(error) || isFailure(error, 'store/not-found')) return { error };
    throw error;
  }
}

/** @returns undefined where all is as it was */
function versionOf(
  known: Known | undefined,
  entry: Entry | undefined,
  snapshot: SavedSnapshot,
): HistoryVersion | undefined {
  if (!entry) {
    return known?.entry && { type: 'version', change: 'gone', snapshot, fields: [] };
  }
  if (!known?.entry) {
    return { type: 'version', change: known ? 'again' : 'first', snapshot, entry, fields: [] };
  }
  const { kind, fields } = compareEntries(known.entry, entry);
  if (kind === 'none') return undefined;
  return { type: 'version', change: kind, snapshot, entry, fields };
}
