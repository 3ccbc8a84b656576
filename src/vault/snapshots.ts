/**
 * Snapshots of a vault: listed, loaded, saved.
 * @module
 */
import { createHash } from 'node:crypto';
import type { StorableBytes } from '../base/brand.ts';
import { mapConcurrent } from '../base/flow.ts';
import { AppError, isDamage, isFailure } from '../base/failure.ts';
import { ObjectKind } from '../crypto/sealed/header.ts';
import type { Snapshot } from '../format/snapshot.ts';
import { decodeSnapshot, encodeSnapshot } from '../format/snapshot.ts';
import type { GcState } from './gc/gc-state.ts';
import { loadGcState } from './gc/gc-state.ts';
import { listObjects } from './list-ahead.ts';
import { SNAPSHOT_PREFIX, idOfKey, isObjectKey } from './pack-key.ts';
import { loadSealedFile, named, sealFile, storeSealedFile } from './sealed-file.ts';
import type { Vault } from './vault.ts';

const LOADS_AT_ONCE = 24;
/** Readers refuse snapshots of more than 16 MiB. */
const CONTENT_BYTES_MAX = 15 * 1024 * 1024;

export interface SavedSnapshot {
  /** 32 hex digits. */
  readonly id: string;
  /** SHA-256 of its sealed bytes, for the chain. */
  readonly sha256: string;
  readonly snapshot: Snapshot;
}

export interface SealedSnapshot extends SavedSnapshot {
  readonly bytes: StorableBytes;
}

/** @throws AppError `usage` where it is too large */
export function sealSnapshot(vault: Vault, snapshot: Snapshot): SealedSnapshot {
  const content = encodeSnapshot(snapshot);
  if (content.length > CONTENT_BYTES_MAX) {
    throw new AppError('usage', 'the paths given are too many for one snapshot', {
      hint: 'back up the folder that they are in',
    });
  }
  const sealed = sealFile(vault, ObjectKind.snapshot, content);
  return { ...sealed, sha256: sha256(sealed.bytes), snapshot };
}

/** Stores a snapshot. Everything it refers to must be durable before. */
export async function storeSnapshot(
  vault: Vault,
  sealed: SealedSnapshot,
  signal?: AbortSignal,
): Promise<void> {
  await storeSealedFile(vault, SNAPSHOT_PREFIX, sealed, signal);
  vault.watch?.onLoaded(sealed);
}

/** @throws AppError `object/…`, `format/invalid`, `store/not-found` */
export async function loadSnapshot(
  vault: Vault,
  id: string,
  signal?: AbortSignal,
): Promise<SavedSnapshot> {
  const key = SNAPSHOT_PREFIX + id;
  const { content, sealed } = await loadSealedFile(vault, key, ObjectKind.snapshot, signal);
  try {
    const loaded = { id, sha256: sha256(sealed), snapshot: decodeSnapshot(content, key) };
    vault.watch?.onLoaded(loaded);
    return loaded;
  } catch (error) {
    throw named(error, key);
  }
}

/** A snapshot that the store lists. */
export interface ListedSnapshot {
  readonly id: string;
  /** When the store says that it was written, where it says so. */
  readonly modifiedMs?: number | undefined;
}

/** All snapshots that the store lists and that were not forgotten, by id. */
export async function listLiveSnapshots(
  vault: Vault,
  signal?: AbortSignal,
  gc = loadGcForReading(vault, signal),
): Promise<ListedSnapshot[]> {
  const [{ forgotten }, listed] = await Promise.all([gc, listStoredSnapshots(vault, signal)]);
  return listed.filter(({ id }) => !forgotten.has(id));
}

/** All snapshots that the store lists, by id; forgotten ones too, until a prune deletes them. */
export async function listStoredSnapshots(
  vault: Vault,
  signal?: AbortSignal,
): Promise<ListedSnapshot[]> {
  const objects = await listObjects(vault, SNAPSHOT_PREFIX, signal);
  const listed = objects
    .filter(({ key }) => isObjectKey(SNAPSHOT_PREFIX, key))
    .map(({ key, modifiedMs }) => ({
      id: idOfKey(key),
      ...(modifiedMs !== undefined && { modifiedMs }),
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  vault.watch?.onListed(listed.map(({ id }) => id));
  return listed;
}

export interface DamagedSnapshot {
  readonly id: string;
  readonly error: AppError;
}

export interface LoadedSnapshots {
  /** Oldest first. */
  readonly snapshots: readonly SavedSnapshot[];
  readonly damaged: readonly DamagedSnapshot[];
}

export interface SnapshotListing extends LoadedSnapshots {
  /** What was forgotten, by name, whether it is still stored or not. */
  readonly forgotten: GcState['forgotten'];
}

/**
 * Loads every snapshot that was not forgotten; a damaged one is told apart and does not hide the others.
 * @param gc where it is being loaded anyway
 */
export async function loadSnapshots(
  vault: Vault,
  signal?: AbortSignal,
  gc?: Promise<GcState>,
): Promise<SnapshotListing> {
  const [{ forgotten }, listed] = await Promise.all([
    gc ?? loadGcForReading(vault, signal),
    listStoredSnapshots(vault, signal),
  ]);
  const live = listed.map(({ id }) => id).filter((id) => !forgotten.has(id));
  return { ...(await loadListedSnapshots(vault, live, signal)), forgotten };
}

/** For readers: a tombstone that cannot be read hides nothing. */
export function loadGcForReading(vault: Vault, signal?: AbortSignal): Promise<GcState> {
  return loadGcState(vault, { signal, onDamage: () => undefined, skipsUnknown: true });
}

/** Loads those snapshots; a damaged one is told apart and does not hide the others. */
export async function loadListedSnapshots(
  vault: Vault,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<LoadedSnapshots> {
  const snapshots: SavedSnapshot[] = [];
  const damaged: DamagedSnapshot[] = [];
  const load = async (id: string) => {
    try {
      return { saved: await loadSnapshot(vault, id, signal) };
    } catch (error) {
      // Forgotten and deleted since it was listed.
      if (isFailure(error, 'store/not-found')) return undefined;
      if (isDamage(error)) return { id, error };
      throw error;
    }
  };
  for await (const result of mapConcurrent(ids, LOADS_AT_ONCE, load)) {
    if (!result) continue;
    if ('saved' in result) snapshots.push(result.saved);
    else damaged.push(result);
  }
  snapshots.sort(compareByTime);
  return { snapshots, damaged };
}

/** Of one moment, a host's snapshots come in the order of its chain. */
export function compareByTime(a: SavedSnapshot, b: SavedSnapshot): number {
  const [x, y] = [a.snapshot, b.snapshot];
  const order = x.timeMs - y.timeMs || x.chain.sequence - y.chain.sequence;
  return order || (a.id < b.id ? -1 : 1);
}

/** Every readable snapshot, oldest first. */
export async function listSnapshots(vault: Vault, signal?: AbortSignal): Promise<SavedSnapshot[]> {
  return [...(await loadSnapshots(vault, signal)).snapshots];
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
