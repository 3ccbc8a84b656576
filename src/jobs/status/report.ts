/**
 * What `status` finds out: for each host what was done last, and what is wrong.
 * @module
 */
import type { GroupKey } from '../forget/policy/groups.ts';

/** Something that was done, and whether it is time to do it again. */
export interface LastTime {
  /** Ms since 1970; undefined where it was never done. */
  readonly lastMs?: number;
  /** When it has to be done again; undefined where nobody asks for it. */
  readonly dueMs?: number;
  readonly isOverdue: boolean;
}

/** The backups of the same paths of one host. */
export interface BackupStatus extends LastTime {
  readonly group: GroupKey;
  readonly snapshots: number;
  readonly newest: {
    readonly id: string;
    readonly timeMs: number;
    readonly files: number;
    readonly bytes: number;
    /** False where some files could not be read. */
    readonly complete: boolean;
  };
}

/** When a host did something last; ms since 1970, undefined for never. */
export interface HostStatus {
  readonly host: string;
  readonly backups: readonly BackupStatus[];
  readonly checkMs?: number;
  /** A drill that restored files of this host, whoever did it. */
  readonly drillMs?: number;
  readonly pruneMs?: number;
}

export type AlarmReason =
  'snapshot-missing' | 'snapshot-replaced' | 'snapshot-damaged' | 'check-failed' | 'drill-failed';

/** The vault is not as it should be. */
export interface StatusAlarm {
  readonly reason: AlarmReason;
  readonly message: string;
}

/** The newest of whatever host: one vault is checked, whoever does it. */
export interface CareStatus extends LastTime {
  readonly host?: string;
  /** What came of it, for people. */
  readonly result?: string;
}

export interface StatusReport {
  readonly nowMs: number;
  readonly hosts: readonly HostStatus[];
  readonly check: CareStatus;
  readonly drill: CareStatus;
  readonly prune: CareStatus;
  /** Hosts that were asked for and have no backup; `any host` where there is none at all. */
  readonly neverBackedUp: readonly string[];
  readonly alarms: readonly StatusAlarm[];
  readonly isOverdue: boolean;
}

/** Ms; Infinity where nobody asks for it. */
export interface MaxAges {
  readonly backupMs: number;
  readonly checkMs: number;
  readonly drillMs: number;
}

const HOUR_MS = 60 * 60 * 1000;

/** A daily backup that may run late, a check each month, a drill each quarter. */
export const MAX_AGES_DEFAULT: MaxAges = {
  backupMs: 26 * HOUR_MS,
  checkMs: 31 * 24 * HOUR_MS,
  drillMs: 92 * 24 * HOUR_MS,
};
