/**
 * Loads the snapshots that count, with the times at which the store says they were written.
 * @module
 */
import { loadGcForWriting } from '../../vault/commit/writing-view.ts';
import type { GcState } from '../../vault/gc/gc-state.ts';
import type { DamagedSnapshot } from '../../vault/snapshots.ts';
import { listStoredSnapshots, loadListedSnapshots } from '../../vault/snapshots.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Candidate } from './policy/apply-policy.ts';

export interface Candidates {
  /** Oldest first. */
  readonly candidates: readonly Candidate[];
  readonly damaged: readonly DamagedSnapshot[];
  /** Names of all snapshots that the store lists, forgotten ones too. */
  readonly stored: ReadonlySet<string>;
  readonly gc: GcState;
}

/** @throws AppError `store/…`; the damage of the settings, where they cannot be read */
export async function loadCandidates(vault: Vault, signal?: AbortSignal): Promise<Candidates> {
  // What cannot be read may say how to write, and what to keep.
  if (vault.settingsDamage) throw vault.settingsDamage;
  const gc = await loadGcForWriting(vault, signal);
  const listed = await listStoredSnapshots(vault, signal);
  const times = new Map(listed.map(({ id, modifiedMs }) => [id, modifiedMs]));
  const ids = listed.map(({ id }) => id).filter((id) => !gc.forgotten.has(id));
  const { snapshots, damaged } = await loadListedSnapshots(vault, ids, signal);
  const candidates = snapshots.map((saved) => ({ ...saved, modifiedMs: times.get(saved.id) }));
  return { candidates, damaged, stored: new Set(listed.map(({ id }) => id)), gc };
}
