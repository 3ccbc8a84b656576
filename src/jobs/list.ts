/**
 * Lists what is in a snapshot, loading only the parts of the manifest that hold it.
 * @module
 */
import type { Entry, PathKey } from '../format/entry.ts';
import { EntryType } from '../format/entry.ts';
import type { SavedSnapshot } from '../vault/snapshots.ts';
import type { Vault } from '../vault/vault.ts';
import { findEntry } from './inspect/find-entry.ts';
import type { ReadableIndex } from './inspect/open-snapshot.ts';
import { openSnapshot } from './inspect/open-snapshot.ts';

export interface ListOptions {
  /** Also what is in the folders below. */
  readonly recursive?: boolean;
  readonly signal?: AbortSignal;
  /** Where it is loaded already. */
  readonly index?: ReadableIndex;
}

/**
 * What is in a folder, in path order, or the entry itself where the path is of something else. Their
 * bytes are not to be changed.
 * @param path empty or left out: the top, above everything saved
 * @throws AppError `snapshot/path` where there is nothing at the path; `chunk/…`, `object/…`, `store/…`
 */
export async function* listEntries(
  vault: Vault,
  snapshot: SavedSnapshot,
  path: PathKey | undefined,
  options: ListOptions = {},
): AsyncGenerator<Entry> {
  const opened = await openSnapshot(vault, snapshot, options.signal, options.index);
  const { reader } = opened;
  const isTop = path === undefined || path.length === 0;
  const top = isTop ? undefined : await findEntry(opened, path);
  if (top && top.type !== EntryType.directory) {
    yield top;
    return;
  }
  const inside = top?.path ?? new Uint8Array(0);
  if (options.recursive !== true) yield* reader.children(inside);
  else {
    for await (const entry of reader.entries({ inside })) {
      if (entry.path.length > inside.length) yield entry;
    }
  }
}
