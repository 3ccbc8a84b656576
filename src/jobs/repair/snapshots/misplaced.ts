/**
 * Snapshots that lie under another's name: two that changed places are both refused, and both are still there.
 * @module
 */
import { createHash } from 'node:crypto';
import { mapConcurrent } from '../../../base/flow.ts';
import { ObjectKind, decodeHeader, objectName } from '../../../crypto/sealed/header.ts';
import { decodeSnapshot } from '../../../format/snapshot.ts';
import { SNAPSHOT_PREFIX } from '../../../vault/pack-key.ts';
import { openSealedFile } from '../../../vault/sealed-file.ts';
import type { SavedSnapshot, SnapshotListing } from '../../../vault/snapshots.ts';
import type { Vault } from '../../../vault/vault.ts';
import { isLoss } from './leaves.ts';

const LOADS_AT_ONCE = 8;

/** Those found under names of snapshots that cannot be read, and nowhere else. */
export async function findMisplaced(
  vault: Vault,
  { snapshots, damaged, forgotten }: SnapshotListing,
  signal?: AbortSignal,
): Promise<SavedSnapshot[]> {
  const known = new Set([...snapshots.map(({ id }) => id), ...forgotten.keys()]);
  const found = new Map<string, SavedSnapshot>();
  const load = (id: string) => openUnderItsName(vault, id, signal);
  const ids = damaged.map(({ id }) => id);
  for await (const saved of mapConcurrent(ids, LOADS_AT_ONCE, load)) {
    if (saved && !known.has(saved.id)) found.set(saved.id, saved);
  }
  return [...found.values()];
}

async function openUnderItsName(
  vault: Vault,
  placeId: string,
  signal?: AbortSignal,
): Promise<SavedSnapshot | undefined> {
  try {
    const sealed = await vault.store.get(SNAPSHOT_PREFIX + placeId, { signal });
    const id = objectName(decodeHeader(sealed).salt);
    if (id === placeId) return undefined;
    const key = SNAPSHOT_PREFIX + id;
    const content = openSealedFile(vault.keys, key, ObjectKind.snapshot, sealed);
    const sha256 = createHash('sha256').update(sealed).digest('hex');
    return { id, sha256, snapshot: decodeSnapshot(content, key) };
  } catch (error) {
    if (isLoss(error)) return undefined;
    throw error;
  }
}
