/**
 * What `forget` and `undelete` say while they run.
 * @module
 */
import type { Notice } from '../events.ts';
import type { GroupKey } from './policy/groups.ts';

/** The rules that are about to be applied. */
export interface PolicyReport {
  readonly type: 'policy';
  /** Who says so: whoever runs the job, the vault's settings, or nobody. */
  readonly source: 'given' | 'saved' | 'default';
  /** For people: `7 daily, 4 weekly`. */
  readonly rules: string;
  readonly groupBy: readonly string[];
  readonly timeZone: string;
}

export interface SnapshotDecision {
  readonly id: string;
  readonly timeMs: number;
  readonly host: string;
  readonly tags: readonly string[];
  readonly action: 'keep' | 'forget';
  /** Its own time is later than when it was written: it is kept, and counts for no rule. */
  readonly isFutureDated: boolean;
  /** For people: why it stays, or why it goes. */
  readonly reasons: readonly string[];
}

/** What becomes of one group of snapshots; groups of which nothing was asked are passed over. */
export interface GroupReport {
  readonly type: 'group';
  readonly group: GroupKey;
  /** Oldest first. */
  readonly decisions: readonly SnapshotDecision[];
}

/** A snapshot that vanished without having been forgotten, and is taken for lost now. */
export interface MissingReport {
  readonly type: 'missing';
  readonly id: string;
  readonly host: string;
  readonly sequence: number;
}

export interface ForgetSummary {
  readonly type: 'summary';
  readonly dryRun: boolean;
  /** In the groups that were looked at. */
  readonly kept: number;
  readonly forgotten: number;
  readonly missing: number;
  readonly futureDated: number;
  /** Snapshots that cannot be read; left alone unless named. */
  readonly damaged: number;
  /** How long the forgotten ones can be had back. */
  readonly graceMs: number;
  /** Names of the records that say so; none in a dry run. */
  readonly records: readonly string[];
  readonly durationMs: number;
}

export type ForgetEvent = Notice | PolicyReport | GroupReport | MissingReport | ForgetSummary;

export interface UndeletedReport {
  readonly type: 'undeleted';
  readonly id: string;
  readonly timeMs: number;
  readonly host: string;
}

export interface UndeleteSummary {
  readonly type: 'summary';
  readonly undeleted: number;
  readonly durationMs: number;
}

export type UndeleteEvent = Notice | UndeletedReport | UndeleteSummary;
