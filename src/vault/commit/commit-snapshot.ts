/**
 * Commits a snapshot: the moment from which it counts.
 * @module
 */
import { forgetSnapshots, tombstoneOf } from '../gc/forget-snapshots.ts';
import { SNAPSHOT_PREFIX } from '../pack-key.ts';
import type { Snapshot } from '../../format/snapshot.ts';
import type { SavedSnapshot } from '../snapshots.ts';
import { saveSnapshot } from '../snapshots.ts';
import type { Vault } from '../vault.ts';
import { assertInTime } from './assert-in-time.ts';
import { protectManifest, releaseManifest } from './protect-manifest.ts';
import type { WritingView } from './writing-view.ts';

/**
 * Stores a snapshot whose packs and index files are durable.
 * @param view what the writer saw when it began
 * @param source the stored snapshot whose chunks it is made of, where it is
 * @throws AppError `vault/changed` where a prune deleted something it needs meanwhile: then nothing was
 *   committed, and the writer has to begin anew
 */
export async function commitSnapshot(
  vault: Vault,
  view: WritingView,
  snapshot: Snapshot,
  signal?: AbortSignal,
  source?: string,
): Promise<SavedSnapshot & { readonly sealedBytes: number }> {
  const { manifest } = snapshot;
  const protection = await protectManifest(vault, view, { manifest, source }, signal);
  try {
    const saved = await saveSnapshot(vault, snapshot, signal);
    const key = SNAPSHOT_PREFIX + saved.id;
    // Where it came too late, nobody was told of it yet. But others may have seen it, and count on it in the chain.
    const undo = async (): Promise<void> => {
      await forgetSnapshots(vault, [tombstoneOf(saved)], { graceMs: 0, signal });
      await vault.store.delete(key);
    };
    await assertInTime(vault, view, { manifest, protection, key, undo }, signal);
    return saved;
  } finally {
    await releaseManifest(vault, protection);
  }
}
