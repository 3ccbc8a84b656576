/**
 * Finds out which chunks are needed.
 * @module
 */
import { AppError, isDamage } from '../../base/failure.ts';
import { MiB } from '../../base/units.ts';
import type { SavedSnapshot } from '../../vault/snapshots.ts';
import { ChunkLoader } from '../../vault/chunk-loader.ts';
import { PENDING_MS, isLate } from '../../vault/commit/came-too-late.ts';
import { loadGcState } from '../../vault/gc/gc-state.ts';
import type { RowSet } from '../../vault/index/row-set.ts';
import { ChunkWalk } from '../../vault/manifest/walk-chunks.ts';
import { listObjects } from '../../vault/list-ahead.ts';
import { INDEX_PREFIX, SNAPSHOT_PREFIX, idOfKey, isObjectKey } from '../../vault/pack-key.ts';
import type { Vault } from '../../vault/vault.ts';
import { anotherPrune } from './another-prune.ts';
import type { PruneIndex } from './prune-index.ts';
import type { Survey } from './survey.ts';
import { contradiction } from './survey.ts';

const NODE_CACHE_BYTES = 48 * MiB;

export interface Marked {
  readonly needed: RowSet;
  /** Stored too late, and not whole: nobody was told that they are saved. */
  readonly unsaved: readonly SavedSnapshot[];
  readonly bytesFetched: number;
}

/**
 * @param onSnapshot told of how many snapshots were gone through
 * @throws AppError `vault/contradiction` where a snapshot needs what cannot be had: the index may be short, or the
 *   vault is damaged
 */
export async function markNeeded(
  vault: Vault,
  survey: Survey,
  signal: AbortSignal,
  onSnapshot: (done: number) => void,
): Promise<Marked> {
  const { chunks, packs, files } = survey.index;
  const plain = { chunks, packs, files: files.map(({ key }) => key) };
  const source = new ChunkLoader(vault, plain, { cacheBytes: NODE_CACHE_BYTES, signal });
  let isPromised = true;
  let lostChunks = 0;
  const onLost = (_id: Uint8Array, error: AppError): void => {
    lostChunks++;
    // Of what was never committed, or came too late, nobody was told.
    if (isPromised) throw error;
  };
  const walk = new ChunkWalk({ chunks, source, onLost });
  const late = lateSnapshots(survey);
  const promised = survey.live.filter((saved) => !late.includes(saved)).toReversed();
  for (const [done, saved] of promised.entries()) {
    await walk.add(saved.snapshot.manifest).catch(async (error: unknown) => {
      throw isDamage(error) ? await lost(vault, survey, saved.id, error, signal) : error;
    });
    onSnapshot(done + 1);
  }
  await assertListed(vault, survey, walk.needed, signal);
  isPromised = false;
  const unsaved: SavedSnapshot[] = [];
  for (const saved of late) {
    const before = lostChunks;
    await walk.add(saved.snapshot.manifest);
    if (lostChunks > before) unsaved.push(saved);
  }
  for (const { record } of pendingNow(survey)) await walk.add(record.manifest);
  return { needed: walk.needed, unsaved, bytesFetched: source.bytesFetched };
}

function lateSnapshots({ live, stored, gc }: Survey): SavedSnapshot[] {
  const late = new Set(stored.filter((one) => isLate(one, gc)).map(({ id }) => id));
  return live.filter(({ id }) => late.has(id));
}

/** Of chunks that lie in several packs, the table names one that is listed, if any is. */
async function assertListed(
  vault: Vault,
  { index, listed }: Survey,
  needed: RowSet,
  signal: AbortSignal,
): Promise<void> {
  const { chunks, packs } = index;
  const isListed = Array.from({ length: packs.count }, (_, n) => listed.has(packs.idOf(n)));
  for (let row = 0; row < chunks.count; row++) {
    const pack = chunks.packOf(row);
    if (!needed.has(row) || isListed[pack]) continue;
    if (await isIndexReplaced(vault, index, signal)) throw anotherPrune();
    throw contradiction(`pack ${packs.idOf(pack)} is gone, and snapshots need it`);
  }
}

/** Pending records that still count. */
export function pendingNow({ gc, nowMs }: Pick<Survey, 'gc' | 'nowMs'>) {
  return gc.pending.filter(
    ({ modifiedMs }) =>
      modifiedMs === undefined || nowMs === undefined || modifiedMs + PENDING_MS > nowMs,
  );
}

/** A snapshot that went since it was listed needs nothing any more; a prune that slept knows an old index. */
async function lost(
  vault: Vault,
  { index, listed }: Survey,
  id: string,
  cause: AppError,
  signal: AbortSignal,
): Promise<AppError> {
  // What was there when this prune began, another one has deleted since: the next look at it all will tell.
  const { key } = cause.detail;
  if (typeof key === 'string' && listed.has(idOfKey(key))) return anotherPrune(cause);
  const { forgotten } = await loadGcState(vault, { signal });
  const isGone = forgotten.has(id) || !(await vault.store.head(SNAPSHOT_PREFIX + id, signal));
  if (isGone || (await isIndexReplaced(vault, index, signal))) return anotherPrune(cause);
  const what = `snapshot ${id.slice(0, 8)} needs what cannot be had (${cause.message})`;
  return new AppError('vault/contradiction', `nothing is pruned: ${what}`, {
    hint: 'run `cybs3 check`, and `cybs3 repair` for what it finds',
    cause,
  });
}

/**
 * Whether the index is another by now. A listing is not one moment: it may have missed both a file that was replaced
 * and the one that took its place.
 */
async function isIndexReplaced(
  vault: Vault,
  { files }: Pick<PruneIndex, 'files'>,
  signal: AbortSignal,
): Promise<boolean> {
  const listed = await listObjects(vault, INDEX_PREFIX, signal);
  const keys = listed.map(({ key }) => key).filter((key) => isObjectKey(INDEX_PREFIX, key));
  const known = new Set(files.map(({ key }) => key));
  return keys.length !== known.size || keys.some((key) => !known.has(key));
}
