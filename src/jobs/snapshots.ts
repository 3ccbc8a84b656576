/**
 * Finding snapshots: all that fit a filter, or the one that a selector names.
 * @module
 */
import { AppError } from '../base/failure.ts';
import { printable } from '../files/path.ts';
import type { DamagedSnapshot, SavedSnapshot, SnapshotListing } from '../vault/snapshots.ts';
import { listSnapshotIds, loadSnapshot, loadSnapshots } from '../vault/snapshots.ts';
import type { Vault } from '../vault/vault.ts';
import type { SnapshotFilter } from './inspect/snapshot-filter.ts';
import { snapshotMatcher } from './inspect/snapshot-filter.ts';
import { parseSnapshotSelector } from './inspect/snapshot-selector.ts';

export interface ListSnapshotsOptions extends SnapshotFilter {
  /** Only the newest so many. */
  readonly latest?: number;
  readonly signal?: AbortSignal;
  /** Told of each snapshot that cannot be read, and so is not listed. */
  readonly onDamaged?: (damaged: DamagedSnapshot) => void;
}

/**
 * The readable snapshots that fit, oldest first.
 * @throws AppError `usage` for a path that is not absolute, `store/…`
 */
export async function listSnapshots(
  vault: Vault,
  options: ListSnapshotsOptions = {},
): Promise<SavedSnapshot[]> {
  const fits = snapshotMatcher(options);
  const { snapshots, damaged } = await loadSnapshots(vault, options.signal);
  for (const one of damaged) options.onDamaged?.(one);
  const found = snapshots.filter(({ snapshot }) => fits(snapshot));
  const { latest = found.length } = options;
  return found.slice(Math.max(0, found.length - latest));
}

/**
 * The snapshot that a selector names (`inspect/snapshot-selector.ts` has the forms).
 * @throws AppError `usage` where it is no selector, `snapshot/not-found`, `snapshot/ambiguous`, and
 *   `object/…` or `format/invalid` where that snapshot, or one that may be newer, cannot be read
 */
export async function resolveSnapshot(
  vault: Vault,
  selector: string,
  signal?: AbortSignal,
): Promise<SavedSnapshot> {
  const parsed = parseSnapshotSelector(selector);
  if (parsed.type === 'id') {
    return loadSnapshot(vault, await findId(vault, parsed.prefix, signal), signal);
  }
  const fits = snapshotMatcher(parsed.filter);
  const listing = await loadSnapshots(vault, signal);
  assertNewestReadable(listing);
  const found = listing.snapshots.filter(({ snapshot }) => fits(snapshot));
  return found.at(-1 - parsed.before) ?? notFound(selector, found.length, listing);
}

async function findId(vault: Vault, prefix: string, signal?: AbortSignal): Promise<string> {
  const found = (await listSnapshotIds(vault, signal)).filter((id) => id.startsWith(prefix));
  const [first, second] = found;
  if (first !== undefined && second === undefined) return first;
  const [code, why] =
    first === undefined
      ? (['snapshot/not-found', 'there is no snapshot'] as const)
      : (['snapshot/ambiguous', `there are ${found.length} snapshots`] as const);
  const hint =
    first === undefined
      ? 'see `cybs3 snapshots` for the ids'
      : `give more digits: ${found.slice(0, 4).join(', ')}`;
  throw new AppError(code, `${why} whose id starts with ${prefix}`, { hint });
}

/**
 * An older snapshot must not pass for the latest because the latest is damaged. One that a readable
 * snapshot follows in its host's chain is not the newest, and does not stand in the way.
 */
function assertNewestReadable({ snapshots, damaged }: SnapshotListing): void {
  const followed = new Set(snapshots.map(({ snapshot }) => snapshot.chain.previous?.id));
  const newest = damaged.find(({ id }) => !followed.has(id));
  if (!newest) return;
  const { error, id } = newest;
  throw new AppError(error.code, `snapshot ${id} may be the latest, but ${error.message}`, {
    hint: 'name another snapshot by its id (`cybs3 snapshots`), or look with `cybs3 check`',
    cause: error,
  });
}

function notFound(selector: string, fitting: number, { snapshots }: SnapshotListing): never {
  if (snapshots.length === 0) {
    throw new AppError('snapshot/not-found', 'there are no snapshots in this vault yet', {
      hint: 'make one with `cybs3 backup`',
    });
  }
  const some = fitting === 0 ? 'none of them fits' : `only ${fitting} of them fit`;
  const all = `there are ${snapshots.length} snapshots, but ${some} '${printable(selector)}'`;
  throw new AppError('snapshot/not-found', all, { hint: 'see `cybs3 snapshots`' });
}
