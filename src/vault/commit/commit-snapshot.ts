/**
 * Commits a snapshot: the moment from which it counts.
 * @module
 */
import { isFailure } from '../../base/failure.ts';
import { forgetSnapshots, tombstoneOf } from '../gc/forget-snapshots.ts';
import { SNAPSHOT_PREFIX } from '../pack-key.ts';
import type { Snapshot } from '../../format/snapshot.ts';
import type { SealedSnapshot } from '../snapshots.ts';
import { sealSnapshot, storeSnapshot } from '../snapshots.ts';
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
): Promise<SealedSnapshot> {
  const { manifest } = snapshot;
  const sealed = sealSnapshot(vault, snapshot);
  const tombstone = { ...tombstoneOf(sealed), unsaved: true };
  const wanted = { manifest, source, commits: tombstone };
  const protection = await protectManifest(vault, view, wanted, signal);
  // Where that fails, the snapshot may come to be all the same: it stays announced.
  await storeSnapshot(vault, sealed, signal);
  const key = SNAPSHOT_PREFIX + sealed.id;
  try {
    // Where it came too late, nobody was told of it yet. But others may have seen it, and count on it in the chain.
    const undo = async (): Promise<void> => {
      await forgetSnapshots(vault, [tombstone], { graceMs: 0, signal });
      await vault.store.delete(key).catch((error: unknown) => {
        // The tombstone is enough.
        if (!isFailure(error, 'store/locked', 'store/denied')) throw error;
      });
    };
    await assertInTime(vault, { protection, key, undo }, signal);
    return sealed;
  } finally {
    await releaseManifest(vault, protection);
  }
}
