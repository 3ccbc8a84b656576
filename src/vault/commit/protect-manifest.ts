/**
 * The step before a commit: says in the vault what is about to be committed, and then makes sure that nothing it
 * needs was, or is about to be, deleted by a prune that ran meanwhile.
 *
 * Nothing is locked. A prune that looks later sees the pending record, and takes what it needs as needed; what
 * a prune did earlier is seen here: in records of packs that were condemned too long ago, or in index
 * files that are gone. See docs/decisions/0013.
 * @module
 */
import { AppError } from '../../base/failure.ts';
import { MiB } from '../../base/units.ts';
import type { ForgottenSnapshot } from '../../format/documents/gc-record.ts';
import type { ManifestRoot } from '../../format/snapshot.ts';
import { ChunkLoader } from '../chunk-loader.ts';
import type { GcState } from '../gc/gc-state.ts';
import { saveGcRecord } from '../gc/gc-state.ts';
import { loadIndex } from '../index/load-index.ts';
import { listObjects } from '../list-ahead.ts';
import { ChunkWalk } from '../manifest/walk-chunks.ts';
import { GC_PREFIX, INDEX_PREFIX, PACK_PREFIXES, idOfKey } from '../pack-key.ts';
import type { Vault } from '../vault.ts';
import type { WritingView } from './writing-view.ts';
import { loadGcForWriting } from './writing-view.ts';

const NODE_CACHE_BYTES = 32 * MiB;
/** Records of what was deleted are kept for five times as long as this. */
const LONG_RUN_MS = 7 * 24 * 60 * 60 * 1000;

export interface ManifestToProtect {
  readonly manifest: ManifestRoot;
  /** The stored snapshot that it is of, where that is forgotten and shall count again. */
  readonly snapshot?: string;
  /** The snapshot that it is of, where that is about to be stored. */
  readonly commits?: ForgottenSnapshot;
  /** The snapshot whose chunks it is made of: as long as that counts, they are there. */
  readonly source?: string | undefined;
}

/** A pending record that stands in the vault. */
export interface Protection {
  readonly id: string;
  /** By the store's time. */
  readonly writtenMs: number | undefined;
}

/**
 * @param view the one that the manifest was built on: another may avoid other packs
 * @returns to be released once the snapshot is durable
 * @throws AppError `vault/changed` where something that the manifest needs is gone or may go
 */
export async function protectManifest(
  vault: Vault,
  view: WritingView,
  wanted: ManifestToProtect,
  signal?: AbortSignal,
): Promise<Protection> {
  const timeMs = vault.clock();
  const { source: _, ...named } = wanted;
  const id = await saveGcRecord(vault, { type: 'pending', timeMs, ...named }, signal);
  try {
    const writtenMs = await assertNothingGone(vault, view, wanted, id, signal);
    return { id, writtenMs };
  } catch (error) {
    await releaseManifest(vault, { id });
    throw error;
  }
}

/** Takes a pending record away; where that fails, it stops counting by itself after some days. */
export async function releaseManifest(vault: Vault, { id }: Pick<Protection, 'id'>): Promise<void> {
  await vault.store.delete(GC_PREFIX + id).catch(() => undefined);
}

/** @returns when the store wrote the pending record */
async function assertNothingGone(
  vault: Vault,
  view: WritingView,
  { manifest, snapshot, source }: ManifestToProtect,
  pendingId: string,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  // The records first: a prune takes them away only after the index files that name what it deleted.
  const gc = await loadGcForWriting(vault, signal);
  const own = gc.pending.find(({ id }) => id === pendingId);
  // A prune took it away because it was days old by now: nothing is protected.
  if (!own) throw changed('it took too long to announce it');
  const nowMs = own.modifiedMs;
  if (snapshot !== undefined) assertNotDue(gc, snapshot, nowMs);
  if (source !== undefined && gc.forgotten.has(source)) {
    throw changed('what it is made of was forgotten meanwhile');
  }
  const unsafe = unsafePacks(gc, nowMs);
  const indexFiles = await listObjects(vault, INDEX_PREFIX, signal);
  const present = new Set(indexFiles.map(({ key }) => key));
  const isIndexReplaced = view.index.files.some((key) => !present.has(key));
  const isUnsafe = [...unsafe].some((id) => !view.avoided.has(id));
  const runMs = vault.clock() - view.startedMs;
  const isLongRun = runMs < 0 || runMs > LONG_RUN_MS;
  // What a forgotten snapshot needs, nobody kept.
  const isTakenBack = snapshot !== undefined;
  if (!isIndexReplaced && !isUnsafe && !isLongRun && !isTakenBack) return nowMs;
  const listed = isLongRun ? await listPacks(vault, signal) : undefined;
  const isGone = (id: string) => unsafe.has(id) || (listed !== undefined && !listed.has(id));
  await assertAllThere(vault, manifest, isGone, signal);
  return nowMs;
}

function assertNotDue(gc: GcState, snapshot: string, nowMs: number | undefined): void {
  const tombstone = gc.forgotten.get(snapshot);
  if (!tombstone) return;
  const { undeletableUntilMs } = tombstone;
  if (nowMs !== undefined && nowMs < undeletableUntilMs) return;
  throw changed('its grace is over');
}

/** Condemned packs that may be deleted, or may have been, without anybody seeing this commit. */
function unsafePacks(gc: GcState, nowMs: number | undefined): Set<string> {
  const unsafe = [...gc.condemned].filter(
    ([, { safeUntilMs }]) => nowMs === undefined || nowMs >= safeUntilMs,
  );
  return new Set(unsafe.map(([id]) => id));
}

async function listPacks(vault: Vault, signal: AbortSignal | undefined): Promise<Set<string>> {
  const ids = new Set<string>();
  for (const prefix of PACK_PREFIXES) {
    for await (const { key } of vault.store.list(prefix, signal)) {
      if (/\/[0-9a-f]{32}$/.test(key)) ids.add(idOfKey(key));
    }
  }
  return ids;
}

/** Goes through all that the manifest needs, in the index as it is now. */
async function assertAllThere(
  vault: Vault,
  manifest: ManifestRoot,
  isGone: (packId: string) => boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  const none = Promise.resolve(new Map());
  const index = await loadIndex(vault, { signal, isAvoided: isGone, condemned: none });
  const source = new ChunkLoader(vault, index, { cacheBytes: NODE_CACHE_BYTES, signal });
  let lost = 0;
  const onLost = () => void lost++;
  await new ChunkWalk({ chunks: index.chunks, source, onLost }).add(manifest);
  if (lost > 0) throw changed(`${lost} chunks that it needs were taken for garbage meanwhile`);
}

export function changed(why: string): AppError {
  return new AppError('vault/changed', `this cannot be committed: ${why}`, {
    hint: 'a prune ran at the same time: run the command again',
  });
}
