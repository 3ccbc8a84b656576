/**
 * Forgets snapshots: tombstones say that they count no more. What they were made of stays stored until a prune
 * after the grace.
 * @module
 */
import type { ForgottenSnapshot } from '../../format/documents/gc-record.ts';
import { GC_NAMES_MAX } from '../../format/documents/gc-record.ts';
import type { SavedSnapshot } from '../snapshots.ts';
import type { Vault } from '../vault.ts';
import { saveGcRecord } from './gc-state.ts';

export interface ForgetSnapshotsOptions {
  /** How long they can be had back, ms. */
  readonly graceMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** @param replacedBy the name of the snapshot that took its place */
export function tombstoneOf(
  { id, sha256, snapshot }: SavedSnapshot,
  replacedBy?: string,
): ForgottenSnapshot {
  const { host, timeMs, chain } = snapshot;
  const { sequence } = chain;
  return { id, sha256, host, sequence, timeMs, ...(replacedBy !== undefined && { replacedBy }) };
}

/**
 * Writes as few records as hold them all.
 * @returns the names of the records
 * @throws AppError `store/…`; what earlier records say counts then
 */
export async function forgetSnapshots(
  vault: Vault,
  snapshots: readonly ForgottenSnapshot[],
  { graceMs, signal }: ForgetSnapshotsOptions,
): Promise<string[]> {
  const records: string[] = [];
  for (let at = 0; at < snapshots.length; at += GC_NAMES_MAX) {
    const some = snapshots.slice(at, at + GC_NAMES_MAX);
    const record = { type: 'forgotten', timeMs: vault.clock(), graceMs, snapshots: some } as const;
    records.push(await saveGcRecord(vault, record, signal));
  }
  return records;
}
