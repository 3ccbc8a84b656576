/**
 * Finds the newest snapshot that fits, or one so many before it, loading no more of them than that takes.
 *
 * A snapshot's time stands inside, sealed; when it was written is told by the store. It cannot have been
 * written long before its own time, so once one is found, those that were written well before it cannot be
 * newer. (Only `backup --time` with a time to come makes such. A store that lies about times could hide the
 * snapshots as well.)
 * @module
 */
import { AppError } from '../../base/failure.ts';
import { printable } from '../../files/path.ts';
import type { ListedSnapshot, SavedSnapshot, LoadedSnapshots } from '../../vault/snapshots.ts';
import { compareByTime, loadListedSnapshots } from '../../vault/snapshots.ts';
import type { Vault } from '../../vault/vault.ts';
import type { SnapshotFilter } from './snapshot-filter.ts';
import { snapshotMatcher } from './snapshot-filter.ts';

/** How far the clocks of hosts and of the store may be apart: S3 itself refuses more than 15 minutes. */
const CLOCK_SLACK_MS = 60 * 60 * 1000;
/** Loaded first; then twice as many, and so on. */
const FIRST_BATCH = 8;

/** So many before the newest that fits. */
export interface LatestSelector {
  readonly before: number;
  readonly filter: SnapshotFilter;
  /** As it was typed, for messages. */
  readonly text: string;
}

/** @throws AppError as `resolveSnapshot` does */
export async function findLatest(
  vault: Vault,
  listed: readonly ListedSnapshot[],
  { before, filter, text }: LatestSelector,
  signal?: AbortSignal,
): Promise<SavedSnapshot> {
  const fits = snapshotMatcher(filter);
  const queue = listed.toSorted((a, b) => writtenMs(b) - writtenMs(a));
  const listing: { snapshots: SavedSnapshot[]; damaged: LoadedSnapshots['damaged'][number][] } = {
    snapshots: [],
    damaged: [],
  };
  for (let at = 0, batch = FIRST_BATCH; at < queue.length; at += batch, batch *= 2) {
    const ids = queue.slice(at, at + batch).map(({ id }) => id);
    const loaded = await loadListedSnapshots(vault, ids, signal);
    listing.snapshots.push(...loaded.snapshots);
    listing.damaged.push(...loaded.damaged);
    const wanted = nthNewest(listing, before, fits);
    const next = queue[at + batch];
    if (wanted && next && writtenMs(next) + CLOCK_SLACK_MS < wanted.snapshot.timeMs) break;
  }
  assertNewestReadable(listing);
  return nthNewest(listing, before, fits) ?? notFound(text, listing, fits);
}

/** One whose time is not told may be the newest. */
function writtenMs({ modifiedMs }: ListedSnapshot): number {
  return modifiedMs ?? Number.MAX_SAFE_INTEGER;
}

type Fits = ReturnType<typeof snapshotMatcher>;

function nthNewest(
  { snapshots }: LoadedSnapshots,
  before: number,
  fits: Fits,
): SavedSnapshot | undefined {
  return snapshots
    .filter(({ snapshot }) => fits(snapshot))
    .sort(compareByTime)
    .at(-1 - before);
}

/**
 * An older snapshot must not pass for the latest because the latest is damaged. One that a readable
 * snapshot follows in its host's chain is not the newest, and does not stand in the way.
 */
function assertNewestReadable({ snapshots, damaged }: LoadedSnapshots): void {
  const followed = new Set(snapshots.map(({ snapshot }) => snapshot.chain.previous?.id));
  const newest = damaged.find(({ id }) => !followed.has(id));
  if (!newest) return;
  const { error, id } = newest;
  throw new AppError(error.code, `snapshot ${id} may be the latest, but ${error.message}`, {
    hint: 'name another snapshot by its id (`cybs3 snapshots`), or look with `cybs3 check`',
    cause: error,
  });
}

function notFound(selector: string, { snapshots }: LoadedSnapshots, fits: Fits): never {
  if (snapshots.length === 0) {
    throw new AppError('snapshot/not-found', 'there are no snapshots in this vault yet', {
      hint: 'make one with `cybs3 backup`',
    });
  }
  const fitting = snapshots.filter(({ snapshot }) => fits(snapshot)).length;
  const some = fitting === 0 ? 'none of them fits' : `only ${fitting} of them fit`;
  const all = `there are ${snapshots.length} snapshots, but ${some} '${printable(selector)}'`;
  throw new AppError('snapshot/not-found', all, { hint: 'see `cybs3 snapshots`' });
}
