/**
 * Finding snapshots: all that fit a filter, or the one that a selector names.
 * @module
 */
import { AppError } from '../base/failure.ts';
import type { DamagedSnapshot, ListedSnapshot, SavedSnapshot } from '../vault/snapshots.ts';
import type { CondemnedPacks } from '../vault/index/load-index.ts';
import {
  listLiveSnapshots,
  loadGcForReading,
  loadSnapshot,
  loadSnapshots,
} from '../vault/snapshots.ts';
import type { Vault } from '../vault/vault.ts';
import { findLatest } from './inspect/find-latest.ts';
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
 * The snapshot that a selector names (`inspect/snapshot-selector.ts` has the forms). `latest` goes by the times
 * that snapshots say; which of them have to be looked at for that is told by the store's own times
 * (`inspect/find-latest.ts`).
 * @throws AppError `usage` where it is no selector, `snapshot/not-found`, `snapshot/ambiguous`, and
 *   `object/…` or `format/invalid` where that snapshot, or one that may be newer, cannot be read
 */
export async function resolveSnapshot(
  vault: Vault,
  selector: string,
  signal?: AbortSignal,
): Promise<SavedSnapshot> {
  const [snapshot] = await resolveSnapshotAnd(vault, selector, async () => undefined, signal);
  return snapshot;
}

/**
 * As `resolveSnapshot`, and does something else meanwhile. That begins when the snapshots are listed, and not
 * before: of an index that is listed now, what they need is known.
 * @param alongside is given what an index has to know of condemned packs
 * @throws also what `alongside` throws
 */
export async function resolveSnapshotAnd<T>(
  vault: Vault,
  selector: string,
  alongside: (condemned: CondemnedPacks) => Promise<T>,
  signal?: AbortSignal,
): Promise<[SavedSnapshot, T]> {
  const parsed = parseSnapshotSelector(selector);
  const gc = loadGcForReading(vault, signal);
  const listed = await listLiveSnapshots(vault, signal, gc);
  const other = alongside(gc.then(({ condemned }) => condemned));
  // Where both fail, it is the snapshot that counts.
  other.catch(() => undefined);
  const snapshot =
    parsed.type === 'id'
      ? await loadSnapshot(vault, findId(listed, parsed.prefix), signal)
      : await findLatest(vault, listed, { ...parsed, text: selector }, signal);
  return [snapshot, await other];
}

function findId(listed: readonly ListedSnapshot[], prefix: string): string {
  const found = listed.map(({ id }) => id).filter((id) => id.startsWith(prefix));
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
