/**
 * Puts a changed snapshot in the place of one: snapshots themselves are never changed. First the new one is
 * committed, then the old one is forgotten.
 *
 * Who is interrupted between the two leaves both. The next attempt finds, among those that count, one that says to
 * the byte what the new one is to say (time, host, chain, manifest and all), and goes on from there instead of making
 * a third.
 * @module
 */
import { compareBytes } from '../base/bytes.ts';
import type { Snapshot } from '../format/snapshot.ts';
import { encodeSnapshot } from '../format/snapshot.ts';
import { isLate } from './commit/came-too-late.ts';
import { commitSnapshot } from './commit/commit-snapshot.ts';
import type { WritingView } from './commit/writing-view.ts';
import { loadGcForWriting } from './commit/writing-view.ts';
import { forgetSnapshots, tombstoneOf } from './gc/forget-snapshots.ts';
import { SNAPSHOT_PREFIX } from './pack-key.ts';
import type { SavedSnapshot } from './snapshots.ts';
import type { Vault } from './vault.ts';

export interface ReplaceOptions {
  /** The snapshots that count. */
  readonly live: readonly SavedSnapshot[];
  /** How long the old one can be had back, ms; without it, the old one is kept. */
  readonly graceMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Replacement {
  readonly saved: SavedSnapshot;
  /** False where it was there: made by an attempt that was interrupted, or that kept the old one. */
  readonly isNew: boolean;
}

/**
 * @param change what the new one says otherwise; its packs and index files must be durable
 * @throws AppError `vault/changed` as `commitSnapshot`, `store/…`
 */
export async function replaceSnapshot(
  vault: Vault,
  view: WritingView,
  old: SavedSnapshot,
  change: Partial<Snapshot>,
  { live, graceMs, signal }: ReplaceOptions,
): Promise<Replacement> {
  const next = { ...old.snapshot, ...change };
  const twin = await findTwin(vault, next, old, live, signal);
  const saved = twin ?? (await commitSnapshot(vault, view, next, signal, old.id));
  if (graceMs !== undefined) {
    await forgetSnapshots(vault, [tombstoneOf(old, saved.id)], { graceMs, signal });
  }
  return { saved, isNew: !twin };
}

/** A snapshot besides the old one that says exactly what the new one is to say, and that is here to stay. */
export async function findTwin(
  vault: Vault,
  next: Snapshot,
  old: SavedSnapshot,
  live: readonly SavedSnapshot[],
  signal?: AbortSignal,
): Promise<SavedSnapshot | undefined> {
  const wanted = encodeSnapshot(next);
  const twin = live.find(
    ({ id, snapshot }) =>
      id !== old.id &&
      snapshot.timeMs === next.timeMs &&
      compareBytes(encodeSnapshot(snapshot), wanted) === 0,
  );
  if (!twin) return undefined;
  const stored = await vault.store.head(SNAPSHOT_PREFIX + twin.id, signal);
  if (!stored) return undefined;
  // One that came too late is about to be taken back by its writer.
  const gc = await loadGcForWriting(vault, signal);
  return isLate({ id: twin.id, modifiedMs: stored.modifiedMs }, gc) ? undefined : twin;
}
