/**
 * Forgotten snapshots that are still stored: what can be had back, and until when.
 * @module
 */
import { loadGcForWriting } from '../../vault/commit/writing-view.ts';
import type { GcState, Tombstone } from '../../vault/gc/gc-state.ts';
import type { DamagedSnapshot, SavedSnapshot } from '../../vault/snapshots.ts';
import { listStoredSnapshots, loadListedSnapshots } from '../../vault/snapshots.ts';
import type { Vault } from '../../vault/vault.ts';

export interface ForgottenSnapshot extends SavedSnapshot {
  readonly tombstone: Tombstone;
}

export interface ForgottenListing {
  /** Oldest first. */
  readonly snapshots: readonly ForgottenSnapshot[];
  readonly damaged: readonly DamagedSnapshot[];
  readonly gc: GcState;
}

/** @throws AppError `store/…` */
export async function loadForgotten(vault: Vault, signal?: AbortSignal): Promise<ForgottenListing> {
  const gc = await loadGcForWriting(vault, signal);
  const listed = await listStoredSnapshots(vault, signal);
  const ids = listed.map(({ id }) => id).filter((id) => gc.forgotten.has(id));
  const { snapshots, damaged } = await loadListedSnapshots(vault, ids, signal);
  const found = snapshots.flatMap((saved) => {
    const tombstone = gc.forgotten.get(saved.id);
    return tombstone ? [{ ...saved, tombstone }] : [];
  });
  return { snapshots: found, damaged, gc };
}
