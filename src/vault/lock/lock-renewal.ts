/**
 * Locks end, and what is still needed must be locked anew before.
 *
 * A listing does not tell until when an object is locked, and when it was written is no help: with Ceph whoever
 * has the bucket's keys can set that time, by making a lock a second longer, and so make us believe that there
 * is time left. So locks are renewed in rounds: each round locks everything that is needed, for the whole time
 * from then on, and a record in the vault says until when. All that is written later is locked for longer. The
 * next round is due when half of that time is left: one request an object twice in `days`, and none to find out.
 * @module
 */
import { AppError } from '../../base/failure.ts';
import type { LockSettings } from '../../format/documents/settings.ts';
import type { ObjectVersion } from '../../store/port.ts';
import { changeOf, isVaultKey } from './object-history.ts';
import { GC_PREFIX } from '../pack-key.ts';
import type { Vault } from '../vault.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Of what is told of by name, so many. */
const NAMES_MAX = 100;

/**
 * Whether everything that is needed has to be locked anew.
 * @param lastUntilMs until when the last whole round locked; undefined where there was none or nobody knows
 * @param nowMs by any clock that is wrong by less than a quarter of `lock.days`
 */
export function isRenewalDue(
  lock: LockSettings,
  lastUntilMs: number | undefined,
  nowMs: number,
): boolean {
  if (lastUntilMs === undefined) return true;
  const wholeMs = lock.days * DAY_MS;
  // One that ends later than any round could have said was written by a clock that is wrong.
  const leftMs = lastUntilMs - nowMs;
  return leftMs < wholeMs / 2 || leftMs > 2 * wholeMs;
}

export interface RenewalReport {
  /** By the store's clock, ms since 1970. */
  readonly untilMs: number;
  readonly renewed: number;
  /** Keys that could not be locked. Where there are any, the round is not whole: it must not be recorded. */
  readonly refused: readonly string[];
  /**
   * How many of the vault's objects somebody has hidden or written over, and the first of their keys. Their
   * first versions are locked like the others; `cybs3 repair objects` brings them back.
   */
  readonly changed: number;
  readonly changedKeys: readonly string[];
}

/**
 * Locks the objects that are needed, for the vault's `lock.days` from now. For what is taken back after it was
 * condemned, call it at once, with just that: rounds pass over what is condemned.
 * Records under `gc/` are never locked anew: with Ceph that would change when they were written, on which their
 * grace depends; and to lose one does no harm.
 * @param isNeeded by key. What it does not name is not locked, and may be deleted when its lock has ended
 * @throws AppError `store/config` where the store was not opened with the vault's lock; `store/…`
 */
export async function renewLocks(
  vault: Pick<Vault, 'store'>,
  isNeeded: (key: string) => boolean,
  signal?: AbortSignal,
): Promise<RenewalReport> {
  const { versions, location } = vault.store;
  if (!versions) throw new AppError('store/config', `objects cannot be locked in ${location}`);
  let changed = 0;
  const changedKeys: string[] = [];
  async function* firstVersions(
    store: NonNullable<typeof versions>,
  ): AsyncGenerator<ObjectVersion> {
    for await (const history of store.list('', signal)) {
      const { key, first } = history;
      if (!isVaultKey(key) || key.startsWith(GC_PREFIX) || !isNeeded(key)) continue;
      if (changeOf(history)) {
        changed++;
        if (changedKeys.length < NAMES_MAX) changedKeys.push(key);
      }
      yield first;
    }
  }
  const outcome = await versions.retain(firstVersions(versions), signal);
  return { ...outcome, changed, changedKeys };
}
