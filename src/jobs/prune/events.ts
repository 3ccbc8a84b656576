/**
 * What a prune says while it runs.
 * @module
 */
import type { Notice } from '../events.ts';

export interface PruneProgress {
  readonly type: 'progress';
  readonly stage: 'list' | 'snapshots' | 'repack' | 'index' | 'delete';
  readonly done: number;
  readonly total: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

/** Packs and their sealed bytes. */
export interface PackCount {
  readonly packs: number;
  readonly bytes: number;
}

/** What a prune is going to do, or would do. */
export interface PrunePlanReport {
  readonly type: 'plan';
  readonly snapshots: number;
  /** Everything that is stored as packs. */
  readonly total: PackCount;
  /** What snapshots need, as stored. */
  readonly neededBytes: number;
  /** In packs that stay, and needed by nothing. */
  readonly unusedBytesLeft: number;
  /** Condemned earlier, and due: freed now. */
  readonly delete: PackCount;
  /** Condemned by this prune: freed by one that runs after the grace. */
  readonly condemn: PackCount;
  /** Condemned earlier and not due yet. */
  readonly waiting: PackCount;
  /** Of those condemned now: what is needed of them is moved. */
  readonly repack: PackCount;
  readonly bytesMoved: number;
  readonly pardon: PackCount;
  readonly snapshotsDeleted: number;
  /** What moving and deleting takes, roughly. */
  readonly requests: {
    readonly get: number;
    readonly put: number;
    readonly list: number;
    readonly delete: number;
  };
  /** In the currency of the price table. */
  readonly cost?: PruneCost;
}

export interface PruneCost {
  readonly currency: string;
  readonly requests: number;
  readonly transfer: number;
  /** For objects that are deleted before the least time for which they have to be paid. */
  readonly earlyDeletion: number;
  /** Of storage, once the grace is over. */
  readonly savedEachMonth: number;
}

export interface PruneSummary {
  readonly type: 'summary';
  readonly packsDeleted: number;
  readonly bytesFreed: number;
  readonly packsCondemned: number;
  /** Freed by a prune after the grace. */
  readonly bytesFreedLater: number;
  readonly packsRepacked: number;
  readonly bytesMoved: number;
  readonly packsPardoned: number;
  /** Could not be deleted, since a lock holds them. */
  readonly packsLocked: number;
  /** Objects that were locked for as long as the vault wants, from now on. */
  readonly locksRenewed: number;
  /** Objects that could not be locked anew: they are gone, or it is not allowed. */
  readonly locksRefused: number;
  readonly snapshotsDeleted: number;
  readonly indexFilesWritten: number;
  readonly indexFilesDeleted: number;
  readonly uploadsSwept: number;
  readonly bytesFetched: number;
  readonly bytesStored: number;
  readonly durationMs: number;
}

export type PruneEvent = Notice | PruneProgress | PrunePlanReport | PruneSummary;
