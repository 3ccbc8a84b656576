/**
 * What measuring a vault says while it runs.
 * @module
 */
import type { Notice } from '../events.ts';

export interface StatsProgress {
  readonly type: 'progress';
  readonly stage: 'snapshots' | 'objects';
  readonly done: number;
  readonly total: number;
}

/** Chunks, each counted once however often it is needed. */
export interface ChunkSums {
  readonly chunks: number;
  /** Before compression. */
  readonly rawBytes: number;
  /** As they lie in packs. */
  readonly storedBytes: number;
}

/** Chunks of files, and those of manifests and lists. */
export interface ChunkUse {
  readonly data: ChunkSums;
  readonly metadata: ChunkSums;
}

/** What one of the snapshots takes. */
export interface SnapshotGrowth {
  /** 32 hex digits. */
  readonly id: string;
  readonly timeMs: number;
  readonly host: string;
  readonly files: number;
  /** Content of its files. */
  readonly bytes: number;
  /** What none of the earlier ones (of those that are measured) has. */
  readonly added: ChunkUse;
  /** What none of the others has, earlier or later: without it, that much would not be needed. */
  readonly own: ChunkUse;
}

export interface ObjectSums {
  readonly objects: number;
  readonly bytes: number;
}

/** What the store holds, and how much of it nobody needs. */
export interface VaultUse {
  /** By the first part of their keys (`data`, `meta`, `index`, …); what is no object of ours is `other`. */
  readonly objects: Readonly<Record<string, ObjectSums>>;
  readonly total: ObjectSums;
  /** Packs that the index knows. */
  readonly packs: ObjectSums;
  /** Packs in the store that no index file names. */
  readonly unindexedPacks: ObjectSums;
  /** Chunks in the index that no snapshot needs. */
  readonly unused: ChunkUse;
  /** Packs in which no chunk is needed; their chunks count in `unused` as well. */
  readonly unusedPacks: ObjectSums;
  /** What packs have besides chunks: directories, padding, seals, and chunks that were stored twice. */
  readonly overheadBytes: number;
}

export interface StatsSummary {
  readonly type: 'summary';
  /** How many are measured. */
  readonly snapshots: number;
  /** All of their files as they would be restored, those they share counted for each. */
  readonly restore: {
    readonly files: number;
    readonly directories: number;
    readonly others: number;
    readonly bytes: number;
  };
  /** What they need together. */
  readonly needed: ChunkUse;
  /** Oldest first, where it was asked for. */
  readonly growth?: readonly SnapshotGrowth[];
  /** Only where all snapshots are measured. */
  readonly vault?: VaultUse;
  /** Parts that are needed and cannot be had: what hangs on them is in no sum. */
  readonly lost: number;
  readonly durationMs: number;
}

export type StatsEvent = Notice | StatsProgress | StatsSummary;
