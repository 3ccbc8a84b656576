/**
 * What a drill says while it runs.
 * @module
 */
import type { FileProblem, Notice, RestoreProgress } from '../events.ts';

/**
 * How a restored file compares with the one on this machine's disk: `same`; `differs`, and that one was not touched
 * since the backup; `changed` since then; `absent`; `elsewhere`, where the snapshot is of another machine.
 */
export type OnDisk = 'same' | 'differs' | 'changed' | 'absent' | 'elsewhere';

/** A file that was restored, and is what the manifest says. */
export interface DrilledFileReport {
  readonly type: 'file';
  readonly path: string;
  readonly sizeBytes: number;
  /** SHA-256, 64 hex digits. */
  readonly sha256: string;
  readonly onDisk: OnDisk;
}

export interface DrillSummary {
  readonly type: 'summary';
  readonly snapshotId: string;
  readonly snapshotHost: string;
  readonly snapshotTimeMs: number;
  /** Files in the snapshot that the sample was drawn from. */
  readonly filesInSnapshot: number;
  readonly filesDrawn: number;
  readonly filesRestored: number;
  readonly bytesRestored: number;
  /** Drawn, and not restored whole and as they were. */
  readonly filesFailed: number;
  readonly filesSameOnDisk: number;
  readonly filesDifferOnDisk: number;
  /** See `DrillEvidence`. */
  readonly digest: string;
  readonly bytesFetched: number;
  readonly durationMs: number;
}

export type DrillEvent = FileProblem | Notice | RestoreProgress | DrilledFileReport | DrillSummary;
