/**
 * Commits a snapshot: the moment from which it counts.
 * @module
 */
import { SNAPSHOT_PREFIX } from '../pack-key.ts';
import type { Snapshot } from '../../format/snapshot.ts';
import type { SavedSnapshot } from '../snapshots.ts';
import { saveSnapshot } from '../snapshots.ts';
import type { Vault } from '../vault.ts';
import { protectManifest, releaseManifest } from './protect-manifest.ts';
import type { WritingView } from './writing-view.ts';

/**
 * Stores a snapshot whose packs and index files are durable.
 * @param view what the writer saw when it began
 * @throws AppError `vault/changed` where a prune deleted something it needs meanwhile: then nothing was
 *   committed, and the writer has to begin anew
 */
export async function commitSnapshot(
  vault: Vault,
  view: WritingView,
  snapshot: Snapshot,
  signal?: AbortSignal,
): Promise<SavedSnapshot & { readonly sealedBytes: number }> {
  const { manifest } = snapshot;
  const protectedMs = vault.clock();
  const pending = await protectManifest(vault, view, { manifest }, signal);
  try {
    const saved = await saveSnapshot(vault, snapshot, signal);
    if (isSoonAfter(protectedMs, vault.clock())) return saved;
    await assertStillProtected(vault, view, saved, signal);
    return saved;
  } finally {
    await releaseManifest(vault, pending);
  }
}

/** A machine that slept between the two steps may have slept for longer than a pending record counts. */
const SOON_MS = 60 * 60 * 1000;

function isSoonAfter(beforeMs: number, nowMs: number): boolean {
  return nowMs >= beforeMs && nowMs - beforeMs < SOON_MS;
}

async function assertStillProtected(
  vault: Vault,
  view: WritingView,
  { id, snapshot: { manifest } }: SavedSnapshot,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await releaseManifest(vault, await protectManifest(vault, view, { manifest }, signal));
  } catch (error) {
    // Nobody was told of it yet.
    await vault.store.delete(SNAPSHOT_PREFIX + id);
    throw error;
  }
}
