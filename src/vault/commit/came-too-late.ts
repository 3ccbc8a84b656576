/**
 * Whether a commit came too late: so long after it was announced that prunes were about to leave out what it needs.
 *
 * A prune that no longer counts an announcement began at least `PENDING_MS` after it was written, and lists the
 * snapshots after that: what was stored a day before, it sees. A machine may sleep for weeks between any two requests,
 * and its clock may sleep with it, so only the store's times tell; where it tells none, nothing is ever deleted.
 * @module
 */
import type { GcState } from '../gc/gc-state.ts';
import type { ListedSnapshot } from '../snapshots.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Whoever announced a commit and did not come to it by then has died. */
export const PENDING_MS = 7 * DAY_MS;
/** Clocks of a store's machines may be apart. */
const IN_TIME_MS = PENDING_MS - DAY_MS;

export function cameTooLate(
  announcedMs: number | undefined,
  committedMs: number | undefined,
): boolean {
  if (announcedMs === undefined || committedMs === undefined) return false;
  return committedMs - announcedMs >= IN_TIME_MS;
}

/** Nobody was told that such a snapshot is saved: its writer takes it back, once it looks. */
export function isLate({ id, modifiedMs }: ListedSnapshot, { pending }: GcState): boolean {
  const own = pending.find(({ record }) => record.commits?.id === id);
  return own !== undefined && cameTooLate(own.modifiedMs, modifiedMs);
}
