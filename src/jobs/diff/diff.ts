/**
 * Compares two snapshots: the job as an async generator of events, the last of which is the summary. Only the parts of
 * the manifests that differ are read, and memory stays flat at any number of files.
 * @module
 */
import type { PathKey } from '../../format/entry.ts';
import { ManifestReader, subtreeRange } from '../../vault/manifest/manifest-reader.ts';
import type { NodeSource } from '../../vault/manifest/manifest-reader.ts';
import type { SavedSnapshot } from '../../vault/snapshots.ts';
import type { Vault } from '../../vault/vault.ts';
import { findEntry } from '../inspect/find-entry.ts';
import type { ReadableIndex } from '../inspect/open-snapshot.ts';
import { loadReadableIndex } from '../inspect/open-snapshot.ts';
import { ChunkBalance } from './chunk-balance.ts';
import { compareEntries } from './compare-entries.ts';
import type { DiffChange, DiffEvent, DiffItem } from './events.ts';
import { ManifestCursor } from './manifest-cursor.ts';
import type { EntryPair } from './merge-manifests.ts';
import { mergeManifests } from './merge-manifests.ts';
import { openNodeSource } from '../inspect/node-source.ts';
import { DiffTotals } from './totals.ts';

/** The clock is looked at once for so many entries. */
const ENTRIES_A_LOOK = 256;
const PROGRESS_MS = 100;

export interface DiffOptions {
  readonly before: SavedSnapshot;
  readonly after: SavedSnapshot;
  /** Only this and what is under it; left out or empty: everything. */
  readonly path?: PathKey | undefined;
  /** Also items of which only metadata differ. They are counted in any case. */
  readonly metadata?: boolean;
  /** Where it is loaded already. */
  readonly index?: ReadableIndex;
  readonly signal?: AbortSignal;
}

/**
 * @throws AppError `snapshot/path` where neither has the path; `chunk/…`, `object/…`, `format/invalid`,
 *   `store/…` where a part of a manifest that differs cannot be read; `interrupted`
 */
export async function* diff(vault: Vault, options: DiffOptions): AsyncGenerator<DiffEvent> {
  const { before, after, path = new Uint8Array(0), signal } = options;
  const startedMs = vault.clock();
  const readable = options.index ?? (await loadReadableIndex(vault, signal));
  const source = openNodeSource(vault, readable, signal);
  await assertSomewhere(source, path, [after, before]);
  const range = subtreeRange(path);
  const cursors = [before, after].map(
    ({ snapshot }) => new ManifestCursor(source, snapshot.manifest, range),
  ) as [ManifestCursor, ManifestCursor];
  const totals = new DiffTotals();
  const balance = new ChunkBalance(readable.index.chunks, source);
  const total = before.snapshot.manifest.entries + after.snapshot.manifest.entries;
  let [pairs, shownMs] = [0, -Infinity];
  for await (const pair of mergeManifests(...cursors)) {
    const item = itemOf(pair);
    if (item) {
      totals.add(item);
      if (item.change !== 'metadata') await balance.add(item.before, item.after);
      if (item.change !== 'metadata' || options.metadata === true) yield item;
    }
    if (pairs++ % ENTRIES_A_LOOK !== 0) continue;
    signal?.throwIfAborted();
    if (vault.clock() - shownMs < PROGRESS_MS) continue;
    shownMs = vault.clock();
    yield { type: 'progress', done: sumOf(cursors, 'entriesPassed'), total };
  }
  if (balance.unknown > 0) {
    const message = 'some chunks are in no pack that the index knows; run `cybs3 check`';
    yield { type: 'notice', message };
  }
  yield {
    type: 'summary',
    before: before.id,
    after: after.id,
    ...totals,
    chunks: balance.totals(),
    nodesRead: sumOf(cursors, 'nodesRead'),
    durationMs: vault.clock() - startedMs,
  };
}

/** A path that was mistyped has no differences either. */
async function assertSomewhere(
  source: NodeSource,
  path: PathKey,
  snapshots: readonly [SavedSnapshot, SavedSnapshot],
): Promise<void> {
  if (path.length === 0) return;
  const [first, second] = snapshots.map(({ id, snapshot }) => {
    return { id, reader: new ManifestReader(source, snapshot.manifest) };
  }) as [{ id: string; reader: ManifestReader }, { id: string; reader: ManifestReader }];
  if (await second.reader.find(path)) return;
  await findEntry(first, path);
}

const CHANGES = { metadata: 'metadata', content: 'changed', type: 'type' } as const;

function itemOf({ before, after }: EntryPair): DiffItem | undefined {
  if (before && after) {
    const { kind, fields, isSilent } = compareEntries(before, after);
    if (kind === 'none') return undefined;
    return { type: 'item', change: CHANGES[kind], before, after, fields, isSilent };
  }
  const change: DiffChange = before ? 'removed' : 'added';
  const side = before ? { before } : after && { after };
  return { type: 'item', change, ...side, fields: [], isSilent: false };
}

function sumOf(cursors: readonly ManifestCursor[], what: 'entriesPassed' | 'nodesRead'): number {
  return cursors.reduce((sum, cursor) => sum + cursor[what], 0);
}
