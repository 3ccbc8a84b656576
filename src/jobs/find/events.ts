/**
 * What searching snapshots says while it runs. Entries are as in the manifest, but may be without their content and
 * extended attributes; their bytes are not to be changed, and are views that keep a whole node in memory.
 * @module
 */
import type { Entry } from '../../format/entry.ts';
import type { SavedSnapshot } from '../../vault/snapshots.ts';
import type { EntryField } from '../diff/compare-entries.ts';
import type { FileProblem, Notice } from '../events.ts';

export interface FindProgress {
  readonly type: 'progress';
  /** Snapshots. */
  readonly done: number;
  readonly total: number;
}

export interface FindMatch {
  readonly type: 'match';
  readonly snapshot: SavedSnapshot;
  readonly entry: Entry;
}

export interface FindSummary {
  readonly type: 'summary';
  readonly matches: number;
  readonly snapshots: number;
  readonly snapshotsWithMatches: number;
  /** Distinct parts of manifests that were read. */
  readonly nodesRead: number;
  readonly durationMs: number;
}

/** A part that is damaged is a problem, and the search goes on. */
export type FindEvent = Notice | FileProblem | FindProgress | FindMatch | FindSummary;

/**
 * `first`: the first snapshot of this host that has it; `again`: it was gone; `gone`: this one does not have it
 * any more. The others as in a comparison of two snapshots.
 */
export type HistoryChange = 'first' | 'content' | 'metadata' | 'type' | 'gone' | 'again';

/** The path is not as it was in the host's snapshot before. */
export interface HistoryVersion {
  readonly type: 'version';
  readonly change: HistoryChange;
  readonly snapshot: SavedSnapshot;
  /** Absent where it is gone. */
  readonly entry?: Entry;
  /** Which metadata differ from the version before. */
  readonly fields: readonly EntryField[];
}

export interface HistorySummary {
  readonly type: 'summary';
  readonly versions: number;
  /** Looked into: others do not cover the path. */
  readonly snapshots: number;
  readonly nodesRead: number;
  readonly durationMs: number;
}

export type HistoryEvent = FileProblem | FindProgress | HistoryVersion | HistorySummary;
