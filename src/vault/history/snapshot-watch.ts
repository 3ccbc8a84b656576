/**
 * Somebody who looks on while a vault is read, and remembers its snapshots from one time to the next: what vanishes
 * without having been forgotten, or has become another, is an alarm.
 *
 * Jobs need not know. Whoever lists snapshots, loads one, or loads the records of what was forgotten, tells the
 * vault's watch; no request is made for it, unless something seems to be gone.
 * @module
 */
import type { GcState } from '../gc/gc-state.ts';
import type { SavedSnapshot } from '../snapshots.ts';
import type { SeenSnapshot } from './seen-snapshots.ts';

/** `snapshot-missing`: gone, and nobody forgot it. `snapshot-replaced`: another is stored under its name. */
export interface SnapshotAlarm {
  readonly reason: 'snapshot-missing' | 'snapshot-replaced';
  readonly snapshot: SeenSnapshot;
  /** Some records of what was forgotten cannot be read: it may stand in one of those. */
  readonly isUnsure?: true;
}

export interface SnapshotWatch {
  /** @param ids of all snapshots that the store lists */
  onListed(ids: readonly string[]): void;
  onRecords(gc: GcState): void;
  /** A snapshot was loaded, or stored just now. */
  onLoaded(saved: SavedSnapshot): void;
  /** What was remembered when the vault was opened. */
  known(): Promise<readonly SeenSnapshot[]>;
  /** Every alarm that what was listed and loaded so far gives. */
  settled(): Promise<readonly SnapshotAlarm[]>;
}
