/**
 * What repairs say while they run.
 * @module
 */
import type { Notice } from '../events.ts';

/** What was done, or in a dry run would be done. The words are for scripts: they stay. */
export type RepairAction =
  /** Index files. */
  | 'index-written'
  | 'index-removed'
  /** Packs. */
  | 'pack-indexed'
  | 'pack-unreadable'
  | 'pack-dropped'
  | 'pack-salvaged'
  | 'pack-sound'
  | 'pack-condemned'
  /** Snapshots, and paths in them. */
  | 'snapshot-replaced'
  | 'snapshot-forgotten'
  | 'snapshot-lost'
  | 'path-dropped'
  | 'path-zeroed'
  /** Settings and records. */
  | 'object-written'
  | 'object-removed';

export interface RepairStep {
  readonly type: 'step';
  readonly action: RepairAction;
  /** A key such as `data/ab/…`, `snapshot <id>`, or `<snapshot>:<path>`. */
  readonly subject: string;
  readonly message: string;
}

export interface RepairProgress {
  readonly type: 'progress';
  readonly stage: 'index' | 'packs' | 'snapshots';
  readonly done: number;
  readonly total: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

interface AnySummary {
  readonly type: 'summary';
  readonly dryRun: boolean;
  /** Things that are damaged or lost and that this repair could not mend. */
  readonly remaining: number;
  readonly durationMs: number;
}

export interface RepairIndexSummary extends AnySummary {
  readonly repair: 'index';
  /** Packs whose directory was read, and those of them that index files now name. */
  readonly packsRead: number;
  readonly packsIndexed: number;
  readonly packsUnreadable: number;
  /** Packs that are gone and that the index names no more. */
  readonly packsDropped: number;
  readonly chunksIndexed: number;
  readonly filesDamaged: number;
  readonly filesRemoved: number;
}

export interface RepairPacksSummary extends AnySummary {
  readonly repair: 'packs';
  readonly packsDamaged: number;
  readonly chunksSalvaged: number;
  readonly bytesSalvaged: number;
  /** Not to be had from the damaged packs, and in no other one. */
  readonly chunksLost: number;
}

export interface RepairSnapshotsSummary extends AnySummary {
  readonly repair: 'snapshots';
  readonly snapshots: number;
  readonly snapshotsReplaced: number;
  readonly snapshotsForgotten: number;
  /** Entries left out, and entries kept with zeros in them, in all snapshots together. */
  readonly entriesDropped: number;
  readonly filesZeroed: number;
}

export interface RepairRecordsSummary extends AnySummary {
  readonly repair: 'records';
  readonly objectsRemoved: number;
}

export type RepairEvent<Summary> = Notice | RepairStep | RepairProgress | Summary;
export type RepairIndexEvent = RepairEvent<RepairIndexSummary>;
export type RepairPacksEvent = RepairEvent<RepairPacksSummary>;
export type RepairSnapshotsEvent = RepairEvent<RepairSnapshotsSummary>;
export type RepairRecordsEvent = RepairEvent<RepairRecordsSummary>;
