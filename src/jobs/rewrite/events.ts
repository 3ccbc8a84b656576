/**
 * What `rewrite` says while it runs.
 * @module
 */
import type { SnapshotTotals } from '../../format/snapshot.ts';
import type { Notice, PathReport } from '../events.ts';

export interface RewriteProgress {
  readonly type: 'progress';
  /** Entries looked at, of all snapshots. */
  readonly done: number;
  readonly total: number;
}

export interface RewrittenReport {
  readonly type: 'rewritten';
  readonly id: string;
  /** The snapshot without what was excluded; absent in a dry run. */
  readonly newId?: string;
  readonly host: string;
  readonly timeMs: number;
  readonly dropped: SnapshotTotals;
  readonly totals: SnapshotTotals;
  /** Whether the old one is forgotten now, or would be. */
  readonly isForgotten: boolean;
}

export interface RewriteSummary {
  readonly type: 'summary';
  readonly dryRun: boolean;
  readonly rewritten: number;
  /** They hold nothing that is excluded. */
  readonly unchanged: number;
  readonly forgotten: number;
  /** Sent to the store: manifests alone, file contents stay where they are. */
  readonly bytesStored: number;
  readonly durationMs: number;
}

export type RewriteEvent = Notice | RewriteProgress | PathReport | RewrittenReport | RewriteSummary;
