/**
 * What `copy` says while it runs.
 * @module
 */
import type { SnapshotTotals } from '../../format/snapshot.ts';
import type { FileProblem, Notice } from '../events.ts';

export interface CopyProgress {
  readonly type: 'progress';
  /** Snapshots. */
  readonly done: number;
  readonly total: number;
  /** Stored bytes of chunks: read, and to be read as far as is known. */
  readonly bytesDone: number;
  readonly bytesTotal: number;
  /** The last of the snapshots was looked through: `bytesTotal` is final. */
  readonly scanned: boolean;
}

export interface CopiedReport {
  readonly type: 'copied';
  readonly id: string;
  /** Its name in the other vault; absent in a dry run. */
  readonly newId?: string;
  readonly host: string;
  readonly timeMs: number;
  readonly totals: SnapshotTotals;
  /** What had to be read of it, because no snapshot copied before has it: chunks, and their stored bytes. */
  readonly chunksRead: number;
  readonly bytesRead: number;
  /** Those of them that the other vault did not have. */
  readonly chunksCopied: number;
}

export interface SkippedReport {
  readonly type: 'skipped';
  readonly id: string;
  /** `copied`: it is there. `forgotten`: it was there, and was forgotten there. */
  readonly reason: 'copied' | 'forgotten';
  /** The copy, where it is there. */
  readonly newId?: string;
  readonly host: string;
  readonly timeMs: number;
}

export interface CopySummary {
  readonly type: 'summary';
  readonly dryRun: boolean;
  readonly copied: number;
  readonly alreadyThere: number;
  readonly forgottenThere: number;
  /** Damaged in the vault that they were to be copied from. */
  readonly failed: number;
  readonly chunksRead: number;
  /** Stored bytes of the chunks that were read. */
  readonly bytesRead: number;
  readonly chunksCopied: number;
  /** Sent to the other vault, everything counted. */
  readonly bytesStored: number;
  readonly durationMs: number;
}

export type CopyEvent =
  Notice | FileProblem | CopyProgress | CopiedReport | SkippedReport | CopySummary;
