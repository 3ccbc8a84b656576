/**
 * What a data set is: made once from a seed, and edited the same way for every tool.
 * @module
 */
import type { Journal } from './journal.ts';

export interface MakeOptions {
  /** 1 for full size. */
  readonly scale: number;
  /** Unpacked sources to copy for the set `source`. */
  readonly sourceTree: string | undefined;
}

/** A change to the data, after which it is backed up again. */
export interface Edit {
  /** Part of the name of a step, such as `scattered`. */
  readonly name: string;
  /** For the reader: what changes. */
  readonly title: string;
  readonly apply: (folder: string, journal: Journal) => void;
}

export interface DataSet {
  readonly name: string;
  /** For the reader: what it is at full size. */
  readonly title: string;
  /** Goes up when what `make` makes changes. */
  readonly version: number;
  /** It holds files with holes. */
  readonly sparse?: boolean;
  /** Fills an empty folder. */
  readonly make: (folder: string, options: MakeOptions) => void;
  readonly edits: readonly Edit[];
  /** The path of the file that is restored alone; absolute. */
  readonly oneFile: (folder: string) => string;
}
