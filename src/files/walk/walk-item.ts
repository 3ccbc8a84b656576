/**
 * What a walk is asked for, and what it yields.
 * @module
 */
import type { Entry, PathKey } from '../../format/entry.ts';
import type { ReadFailure } from '../errno.ts';
import type { Selector } from '../select/selector.ts';
import type { AccountNames } from './account-names.ts';
import type { XattrReader } from './read-xattrs.ts';

/** One path that could not be read as it is. An `error` makes the backup a partial one. */
export interface ScanProblem {
  readonly severity: 'error' | 'warning';
  readonly path: PathKey;
  readonly reason: ReadFailure;
  /** A sentence without the path. */
  readonly message: string;
}

/** Why a path was left out. */
export type Exclusion = 'pattern' | 'ignore-file' | 'cache' | 'marker' | 'size' | 'file-system';

export type WalkItem =
  | {
      readonly kind: 'entry';
      /** Fresh for each item; `content` is empty and the caller's to fill. */
      readonly entry: Entry;
      /** The absolute path for the operating system, made anew each time; open it with `openEntryFile`. */
      readonly osPath: Buffer;
    }
  | { readonly kind: 'problem'; readonly problem: ScanProblem }
  | { readonly kind: 'excluded'; readonly path: PathKey; readonly why: Exclusion };

export interface WalkOptions {
  /** Absolute paths as bytes, in any order; doubled and nested ones are walked once. */
  readonly roots: readonly Uint8Array[];
  readonly selector?: Selector | undefined;
  /**
   * Keeps mount points below a root as empty folders (unless they are named as roots themselves).
   */
  readonly oneFileSystem?: boolean | undefined;
  /** Of folders with a valid `CACHEDIR.TAG`, keeps only the folder and that tag. */
  readonly excludeCaches?: boolean | undefined;
  /** Of folders with an entry of one of these names, keeps only the folder and that entry. */
  readonly excludeIfPresent?: readonly string[] | undefined;
  /** Leaves out files with more bytes than this. */
  readonly excludeLargerThanBytes?: number | undefined;
  /** Names of files with gitignore rules for their folder, such as `.gitignore`. Later ones win. */
  readonly ignoreFiles?: readonly string[] | undefined;
  /** From `loadXattrReader`; without it no attributes are read. */
  readonly xattrs?: XattrReader | undefined;
  /** From `loadAccountNames`, which is also the default. */
  readonly accounts?: AccountNames | undefined;
  /** Yields an `excluded` item for each path left out (once for a whole folder). */
  readonly reportExcluded?: boolean | undefined;
}
