/**
 * What a comparison of two snapshots says while it runs. Entries are as in the manifest; their bytes are not to
 * be changed.
 * @module
 */
import type { Entry } from '../../format/entry.ts';
import type { Notice } from '../events.ts';
import type { EntryField } from './compare-entries.ts';

/**
 * `added` and `removed` have one side only. `changed`: the content; `metadata`: only what is told of it;
 * `type`: a file became a folder, or the like.
 */
export type DiffChange = 'added' | 'removed' | 'changed' | 'metadata' | 'type';

export interface DiffItem {
  readonly type: 'item';
  readonly change: DiffChange;
  readonly before?: Entry;
  readonly after?: Entry;
  /** Which metadata differ, where there are two sides. */
  readonly fields: readonly EntryField[];
  /** The content differs, and neither size nor times tell of it: maybe damage on the disk, not a change. */
  readonly isSilent: boolean;
}

export interface DiffProgress {
  readonly type: 'progress';
  /** Entries of both manifests passed, most of them without being looked at. */
  readonly done: number;
  readonly total: number;
}

export interface EntryTotals {
  readonly files: number;
  readonly directories: number;
  readonly others: number;
  /** Content of the files. */
  readonly bytes: number;
}

export interface ChunkTotals {
  readonly chunks: number;
  /** Before compression. */
  readonly rawBytes: number;
  readonly storedBytes: number;
}

export interface DiffSummary {
  readonly type: 'summary';
  /** Ids of the two snapshots. */
  readonly before: string;
  readonly after: string;
  /** What changed its type counts as removed and added. */
  readonly added: EntryTotals;
  readonly removed: EntryTotals;
  readonly changed: {
    readonly files: number;
    readonly others: number;
    readonly bytesBefore: number;
    readonly bytesAfter: number;
  };
  /** Entries with other metadata and the same content. */
  readonly metadata: number;
  readonly retyped: number;
  /** Changed in content, and not in size and times. */
  readonly silent: number;
  /**
   * Chunks of the files that differ, each once: `added` those that only the second snapshot's have, `removed`
   * those that only the first's have. Files that are the same in both are not looked into: a
   * chunk that one of them has as well still counts.
   */
  readonly chunks: { readonly added: ChunkTotals; readonly removed: ChunkTotals };
  /** Manifest nodes that were read; equal ones are passed over. */
  readonly nodesRead: number;
  readonly durationMs: number;
}

export type DiffEvent = Notice | DiffItem | DiffProgress | DiffSummary;
