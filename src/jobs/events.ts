/**
 * What jobs say while they run. A job is an async generator of these; people's text, JSON and tests are
 * three consumers of one stream. Paths here are for reading: lossy UTF-8 with `/`.
 * @module
 */

/** Something about one path that a person should know; `error` makes the run a partial one (exit 3). */
export interface FileProblem {
  readonly type: 'problem';
  readonly severity: 'error' | 'warning';
  readonly path: string;
  /** Stable, for scripts: `unreadable`, `vanished`, `changed`, `unsupported`, `unsafe`, `write`, … */
  readonly reason: string;
  readonly message: string;
}

export interface Notice {
  readonly type: 'notice';
  readonly message: string;
}

export interface BackupProgress {
  readonly type: 'progress';
  readonly filesDone: number;
  readonly bytesDone: number;
  /** What the walk has found so far; final once `scanned`. */
  readonly filesTotal: number;
  readonly bytesTotal: number;
  readonly scanned: boolean;
  /** Bytes sent to the store so far. */
  readonly bytesStored: number;
  readonly currentPath: string;
}

export interface Checkpoint {
  readonly type: 'checkpoint';
  readonly packs: number;
  readonly bytesStored: number;
}

/** With `--dry-run` or `--verbose`: what happens to one path. */
export interface PathReport {
  readonly type: 'path';
  readonly action: 'new' | 'changed' | 'unmodified' | 'excluded' | 'restored' | 'kept' | 'deleted';
  readonly path: string;
  readonly sizeBytes: number;
}

export interface BackupSummary {
  readonly type: 'summary';
  /** Hex; absent when nothing was saved (`--dry-run`, `--skip-if-unchanged`). */
  readonly snapshotId?: string;
  readonly parentId?: string;
  readonly filesNew: number;
  readonly filesChanged: number;
  readonly filesUnmodified: number;
  readonly directories: number;
  readonly others: number;
  readonly filesFailed: number;
  /** Content of all files in the snapshot. */
  readonly bytesProcessed: number;
  /** Read from disk in this run. */
  readonly bytesRead: number;
  /** New chunks before compression. */
  readonly bytesAdded: number;
  /** Sent to the store, everything counted. */
  readonly bytesStored: number;
  readonly chunksAdded: number;
  readonly durationMs: number;
}

export type BackupEvent =
  FileProblem | Notice | BackupProgress | Checkpoint | PathReport | BackupSummary;

export interface RestoreProgress {
  readonly type: 'progress';
  readonly filesDone: number;
  readonly filesTotal: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  /** Totals are final (the manifest has been read). */
  readonly scanned: boolean;
  readonly currentPath: string;
}

export interface RestoreSummary {
  readonly type: 'summary';
  readonly snapshotId: string;
  readonly filesRestored: number;
  /** Already there and the same. */
  readonly filesKept: number;
  readonly directories: number;
  readonly others: number;
  readonly filesDeleted: number;
  readonly filesFailed: number;
  readonly bytesRestored: number;
  /** Read from the store. */
  readonly bytesFetched: number;
  readonly bytesVerified: number;
  readonly durationMs: number;
}

export type RestoreEvent = FileProblem | Notice | RestoreProgress | PathReport | RestoreSummary;

export interface CheckFinding {
  readonly type: 'finding';
  readonly severity: 'error' | 'warning';
  /** The object or snapshot it is about: a key such as `data/ab/…`, or `snapshot <id>`. */
  readonly subject: string;
  /** Stable, for scripts: `pack-missing`, `pack-size`, `chunk-damaged`, `object-damaged`, … */
  readonly reason: string;
  readonly message: string;
  /** Snapshots and paths that need it, as far as known. */
  readonly affects?: readonly string[];
}

export interface CheckProgress {
  readonly type: 'progress';
  readonly stage: 'objects' | 'index' | 'snapshots' | 'data';
  readonly done: number;
  readonly total: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

export interface CheckSummary {
  readonly type: 'summary';
  readonly errors: number;
  readonly warnings: number;
  readonly snapshots: number;
  readonly packs: number;
  readonly packsRead: number;
  /** Every pack was found sound by then or later, this check counted; absent where one never was. */
  readonly verifiedSinceMs?: number;
  readonly chunks: number;
  readonly bytesRead: number;
  readonly uploadsSwept: number;
  readonly durationMs: number;
}

export type CheckEvent = Notice | CheckFinding | CheckProgress | CheckSummary;
