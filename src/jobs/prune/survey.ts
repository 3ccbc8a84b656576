/**
 * Looks at everything a prune decides by, in the one order in which what it misses can only make it keep more; and
 * refuses where the parts contradict each other.
 *
 * Packs are listed first (what comes later is not touched), then the records, the snapshots and the index: a writer
 * stores them the other way round.
 * @module
 */
import { AppError } from '../../base/failure.ts';
import { mapConcurrent } from '../../base/flow.ts';
import type { StoredObject } from '../../store/port.ts';
import type { GcState } from '../../vault/gc/gc-state.ts';
import { loadGcState, saveGcRecord } from '../../vault/gc/gc-state.ts';
import {
  GC_PREFIX,
  PACK_PREFIXES,
  SNAPSHOT_PREFIX,
  idOfKey,
  packKey,
} from '../../vault/pack-key.ts';
import type { PackRoom } from '../../vault/pack-key.ts';
import type { ListedSnapshot, SavedSnapshot } from '../../vault/snapshots.ts';
import { listStoredSnapshots, loadListedSnapshots } from '../../vault/snapshots.ts';
import type { Vault } from '../../vault/vault.ts';
import type { PruneOptions } from './options.ts';
import type { PruneIndex } from './prune-index.ts';
import { loadPruneIndex } from './prune-index.ts';

const HEADS_AT_ONCE = 16;
const HEADS_MAX = 10_000;
/** Packs without any snapshot may be those of a first backup that is under way, or was interrupted. */
const FIRST_BACKUP_MS_MAX = 7 * 24 * 60 * 60 * 1000;
/** What is older has to be in every listing. */
const LISTED_AFTER_MS = 60 * 60 * 1000;
/** Backups that end meanwhile bring new packs. */
const INDEX_ROUNDS = 4;

export interface ListedPack {
  readonly room: PackRoom;
  readonly sizeBytes: number;
  readonly modifiedMs: number | undefined;
}

export interface Survey {
  /** When this prune began, by the store's time; undefined where it tells none. */
  readonly nowMs: number | undefined;
  /** Name of its `run` record. */
  readonly runId: string | undefined;
  readonly listed: ReadonlyMap<string, ListedPack>;
  readonly gc: GcState;
  readonly stored: readonly ListedSnapshot[];
  /** Those that were not forgotten. */
  readonly live: readonly SavedSnapshot[];
  readonly index: PruneIndex;
}

/** @throws AppError `vault/contradiction`, `object/…` and `format/invalid` for what cannot be read, `store/…` */
export async function surveyVault(vault: Vault, options: PruneOptions): Promise<Survey> {
  const { signal } = options;
  const { runId, headMs } = await beginRun(vault, options);
  const listed = await listPacks(vault, signal);
  const packsListed = [...listed.values()];
  const gc = await loadRecords(vault, signal);
  // Listings tell more of a second than heads do, in places; all other records are judged by the listing, too.
  const nowMs = gc.records.find(({ id }) => id === runId)?.modifiedMs ?? headMs;
  const stored = await listStoredSnapshots(vault, signal);
  const live = await loadLive(vault, stored, gc, signal);
  const index = await loadIndexOfListed(vault, listed, gc, signal);
  await assertSnapshotsThere(vault, { stored, live, gc, nowMs }, options);
  assertNotEmpty({ stored, gc, index, nowMs }, packsListed);
  return { nowMs, runId, listed, gc, stored, live, index };
}

/** The store's own clock is read off a record that it has just written. */
async function beginRun(vault: Vault, { dryRun, program, signal }: PruneOptions) {
  const timeMs = vault.clock();
  if (dryRun) return { runId: undefined, headMs: timeMs };
  const runId = await saveGcRecord(vault, { type: 'run', timeMs, program }, signal);
  const written = await vault.store.head(GC_PREFIX + runId, signal);
  return { runId, headMs: written?.modifiedMs };
}

async function listPacks(vault: Vault, signal: AbortSignal): Promise<Map<string, ListedPack>> {
  const listed = new Map<string, ListedPack>();
  for (const prefix of PACK_PREFIXES) {
    const room = prefix === 'data/' ? 'data' : 'meta';
    for await (const { key, sizeBytes, modifiedMs } of vault.store.list(prefix, signal)) {
      if (!isPackKey(room, key)) continue;
      listed.set(idOfKey(key), { room, sizeBytes, modifiedMs });
    }
  }
  return listed;
}

function isPackKey(room: PackRoom, key: string): boolean {
  const id = key.slice(key.lastIndexOf('/') + 1);
  return /^[0-9a-f]{32}$/.test(id) && key === packKey(room, id);
}

async function loadRecords(vault: Vault, signal: AbortSignal): Promise<GcState> {
  return loadGcState(vault, {
    signal,
    onDamage: (key, error) => {
      throw new AppError(error.code, error.message, {
        hint: `run \`cybs3 repair records\`: it removes ${key}, and nothing is lost by that`,
        cause: error,
      });
    },
  });
}

async function loadLive(
  vault: Vault,
  stored: readonly ListedSnapshot[],
  gc: GcState,
  signal: AbortSignal,
): Promise<SavedSnapshot[]> {
  const ids = stored.map(({ id }) => id).filter((id) => !gc.forgotten.has(id));
  const { snapshots, damaged } = await loadListedSnapshots(vault, ids, signal);
  const [first] = damaged;
  if (!first) return [...snapshots];
  throw new AppError(
    first.error.code,
    `what snapshot ${first.id} needs is not known: ${first.error.message}`,
    {
      hint: `see \`cybs3 check\`; if it is lost, \`cybs3 forget ${first.id.slice(0, 8)}\``,
      cause: first.error,
    },
  );
}

/** A snapshot that is gone and that nobody forgot: the listing is short, or somebody deleted it. */
async function assertSnapshotsThere(
  vault: Vault,
  { stored, live, gc, nowMs }: Pick<Survey, 'stored' | 'live' | 'gc' | 'nowMs'>,
  { knownSnapshots = [], signal }: PruneOptions,
): Promise<void> {
  const there = new Set(stored.map(({ id }) => id));
  const previous = live.flatMap(({ snapshot }) => snapshot.chain.previous?.id ?? []);
  const isGone = (id: string, state: GcState) => !there.has(id) && !isTombstoned(state, id);
  const gone = [...knownSnapshots, ...previous].filter((id) => isGone(id, gc));
  if (gone.length === 0) return;
  // It may have been forgotten, and deleted, since the records were listed.
  const now = await loadGcState(vault, { signal });
  for (const id of gone.filter((one) => isGone(one, now))) {
    const found = await findObject(vault, SNAPSHOT_PREFIX + id, signal);
    const name = `snapshot ${id.slice(0, 8)}`;
    if (!found) throw contradiction(`${name} is gone, and nobody forgot it`);
    // A listing takes its time: what was put meanwhile may be missing from it beside a later one that is not. And
    // stores may date a write from its beginning.
    const { modifiedMs } = found;
    if (modifiedMs !== undefined && nowMs !== undefined && modifiedMs < nowMs - LISTED_AFTER_MS) {
      throw contradiction(`${name} was there long before this began, and was not listed`);
    }
  }
}

/** Also one that was forgotten, taken back, and is gone now: only an older record of it tells. */
function isTombstoned(gc: GcState, id: string): boolean {
  return gc.records.some(
    ({ record }) => record.type === 'forgotten' && record.snapshots.some((one) => one.id === id),
  );
}

/** A listing that is empty where it cannot be. */
function assertNotEmpty(
  { stored, gc, index, nowMs }: Pick<Survey, 'stored' | 'gc' | 'index' | 'nowMs'>,
  packs: readonly ListedPack[],
): void {
  if (stored.length === 0 && gc.forgotten.size === 0 && packs.length > 0) {
    const isYoung = ({ modifiedMs }: ListedPack): boolean =>
      modifiedMs !== undefined && nowMs !== undefined && modifiedMs > nowMs - FIRST_BACKUP_MS_MAX;
    if (!packs.every(isYoung)) {
      throw contradiction('there are packs and no snapshots, and none was ever forgotten');
    }
    throw new AppError('vault/busy', 'nothing is pruned: no snapshot was saved yet', {
      hint: 'prune when the first backup is done',
    });
  }
  if (packs.length === 0 && index.packs.count > 0) {
    throw contradiction('the index names packs, and none is listed');
  }
}

/** The index, each chunk at a place that is there and not condemned, if it has one. Completes `listed`. */
async function loadIndexOfListed(
  vault: Vault,
  listed: Map<string, ListedPack>,
  gc: GcState,
  signal: AbortSignal,
): Promise<PruneIndex> {
  const rankOf = (id: string) => (!listed.has(id) ? 0 : gc.condemned.has(id) ? 1 : 2);
  for (let round = 1; ; round++) {
    const index = await loadPruneIndex(vault, rankOf, signal);
    const { found, missing } = await findUnlisted(vault, index, listed, signal);
    // A chunk may lie in a pack that is gone, and in a new one that was not listed yet: look again, and prefer that.
    if (found === 0 || missing === 0 || round === INDEX_ROUNDS) return index;
  }
}

/** Packs that the index names and the listing does not: they are new, or gone, or the listing is short. */
async function findUnlisted(
  vault: Vault,
  { packs }: PruneIndex,
  listed: Map<string, ListedPack>,
  signal: AbortSignal,
): Promise<{ found: number; missing: number }> {
  const unlisted: { id: string; room: PackRoom }[] = [];
  for (let n = 0; n < packs.count; n++) {
    const id = packs.idOf(n);
    if (!listed.has(id)) unlisted.push({ id, room: packs.kindOf(n) });
  }
  if (unlisted.length > HEADS_MAX) {
    throw contradiction(`${unlisted.length} packs that the index names are not listed`);
  }
  const look = async ({ id, room }: (typeof unlisted)[number]) => {
    return { id, room, object: await findObject(vault, packKey(room, id), signal) };
  };
  let found = 0;
  for await (const { id, room, object } of mapConcurrent(unlisted, HEADS_AT_ONCE, look)) {
    if (!object) continue;
    found++;
    listed.set(id, { room, sizeBytes: object.sizeBytes, modifiedMs: object.modifiedMs });
  }
  return { found, missing: unlisted.length - found };
}

/** An object that is there has to be listed: where it is not, other objects are missing from listings as well. */
async function findObject(
  vault: Vault,
  key: string,
  signal: AbortSignal,
): Promise<StoredObject | undefined> {
  if (!(await vault.store.head(key, signal))) return undefined;
  const folder = key.slice(0, key.lastIndexOf('/') + 1);
  for await (const object of vault.store.list(folder, signal)) {
    if (object.key === key) return object;
  }
  // Deleted between the two looks?
  if (!(await vault.store.head(key, signal))) return undefined;
  throw contradiction(`${key} is there, and is not listed`);
}

export function contradiction(why: string): AppError {
  return new AppError('vault/contradiction', `nothing is pruned: ${why}`, {
    hint:
      'run `cybs3 check`; if a snapshot is lost for good, `cybs3 forget --missing` says so in ' +
      'the vault, and prune goes on',
  });
}
