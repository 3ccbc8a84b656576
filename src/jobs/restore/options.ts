/**
 * What a restore is asked to do.
 * @module
 */
import type { Worker } from 'node:worker_threads';
import type { PathKey } from '../../format/entry.ts';
import type { OverwriteMode } from '../../files/restore/overwrite.ts';
import type { Selector } from '../../files/select/selector.ts';
import type { VaultIndex } from '../../vault/index/load-index.ts';
import type { SavedSnapshot } from '../../vault/snapshots.ts';

export interface RestoreOptions {
  readonly snapshot: SavedSnapshot;
  /**
   * Only this path. A folder's children go directly into the target, a file goes there under its
   * name. Without it the absolute tree is made anew under the target.
   */
  readonly path?: PathKey | undefined;
  /** A folder; made where it is missing. */
  readonly target: string;
  /** Sees absolute paths of the snapshot. */
  readonly select?: Selector | undefined;
  /** Default `if-changed`: files of the same size and modification time are left alone. */
  readonly overwrite?: OverwriteMode;
  /**
   * Remove what the snapshot does not have, inside the restored folders: only at and below the
   * paths that were backed up, and only what `select` takes. Folders that are in the way of files
   * go, too.
   */
  readonly delete?: boolean;
  /** Change nothing; say what would be done. */
  readonly dryRun?: boolean;
  /** Read every file again, those left alone included, and compare it with the snapshot. */
  readonly verify?: boolean;
  /** Leave runs of zeros unwritten in every file, not only in those that had holes. */
  readonly sparse?: boolean;
  /**
   * Restore owner and group. Default true; as an ordinary user what is not permitted is quietly
   * left.
   */
  readonly owner?: boolean;
  /** Owners by number, not by name. */
  readonly numericOwner?: boolean;
  /** Change existing files where they are, fetching only the blocks that differ. */
  readonly inPlace?: boolean;
  /** A path event for every entry. Always so with `dryRun`. */
  readonly verbose?: boolean;
  /** Requests to the store at once. */
  readonly concurrency?: number;
  /** Worker threads. Default: one a core, at most 8. */
  readonly threads?: number;
  readonly signal?: AbortSignal | undefined;
  /** Content that is planned at once, in bytes. Default 1 GiB. */
  readonly windowBytes?: number;
  /** An index that is loaded already. */
  readonly index?: VaultIndex;
  /** A thread that `startThread` (`run/crew.ts`) started, for a restore that is no dry run. */
  readonly ready?: Worker | undefined;
}
