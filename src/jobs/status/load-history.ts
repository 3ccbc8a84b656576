/**
 * Loads all snapshots that count, with the times at which they really came, and what was forgotten.
 * @module
 */
import type { GcState } from '../../vault/gc/gc-state.ts';
import { loadGcState } from '../../vault/gc/gc-state.ts';
import type { SavedSnapshot, SnapshotListing } from '../../vault/snapshots.ts';
import { listStoredSnapshots, loadListedSnapshots } from '../../vault/snapshots.ts';
import type { Vault } from '../../vault/vault.ts';
import { isChainBroken } from '../check/check-chain.ts';

export interface DatedSnapshot extends SavedSnapshot {
  /** What it says; but not later than the store says that it was written: clocks go wrong. */
  readonly madeMs: number;
}

export interface SnapshotHistory extends SnapshotListing {
  readonly snapshots: readonly DatedSnapshot[];
  readonly gc: GcState;
  /** Keys of records that cannot be read. */
  readonly unreadable: readonly string[];
}

/** @throws AppError `store/…` */
export async function loadHistory(vault: Vault, signal?: AbortSignal): Promise<SnapshotHistory> {
  const unreadable: string[] = [];
  const onDamage = (key: string): void => void unreadable.push(key);
  const loadGc = () => loadGcState(vault, { signal, onDamage, skipsUnknown: true });
  let gc = await loadGc();
  const listed = await listStoredSnapshots(vault, signal);
  const live = listed.map(({ id }) => id).filter((id) => !gc.forgotten.has(id));
  const { snapshots, damaged } = await loadListedSnapshots(vault, live, signal);
  // What is gone may have been forgotten since, and its tombstone be younger than what was loaded.
  if (isChainBroken({ snapshots, damaged, forgotten: gc.forgotten })) {
    unreadable.length = 0;
    gc = await loadGc();
  }
  const times = new Map(listed.map(({ id, modifiedMs }) => [id, modifiedMs]));
  const dated = snapshots.map((saved) => {
    const madeMs = Math.min(saved.snapshot.timeMs, times.get(saved.id) ?? Infinity);
    return { ...saved, madeMs };
  });
  return { snapshots: dated, damaged, forgotten: gc.forgotten, gc, unreadable };
}
