/**
 * All data sets, and where they are kept: made once under one folder, and reused while their version is the same.
 * @module
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { DataSet, MakeOptions } from './data-set.ts';
import { middleFile } from './edit-files.ts';
import { Journal } from './journal.ts';
import { random, text } from './sets/big-files.ts';
import { mailbox } from './sets/mailbox.ts';
import { flat, million, scattered } from './sets/small-files.ts';
import { source, usr } from './sets/trees.ts';
import { virtualMachine } from './sets/virtual-machine.ts';

export const DATA_SETS: readonly DataSet[] = [
  source,
  usr,
  random,
  text,
  million,
  virtualMachine,
  mailbox,
  flat,
  scattered,
];

/** A data set on the disk. */
export interface ReadyData {
  readonly set: DataSet;
  readonly folder: string;
  /** Opened: what an earlier, killed bench had edited is as it was. */
  readonly journal: Journal;
  /** Makes sure that the newest file is a small one; see `NEWEST`. */
  readonly refresh: () => void;
}

/**
 * A file that is written after all others, each time. borg does not trust what it knows of the newest file of a
 * backup and reads it again: a set of one file would be read in full, which in life nothing is.
 */
const NEWEST = 'zz-newest';

/**
 * The sets with those names; all by default. A name with a slash is a folder of the reader's own: it is backed up
 * and restored where it lies, and never edited.
 */
export function chooseSets(names: readonly string[] | undefined): DataSet[] {
  if (names === undefined) return [...DATA_SETS];
  return names.map((name) => {
    const set = name.includes('/') ? ownFolder(name) : DATA_SETS.find((one) => one.name === name);
    if (set) return set;
    const known = DATA_SETS.map((one) => one.name).join(', ');
    throw new Error(`there is no data set ${name}; there are ${known}, and folders by their path`);
  });
}

const OWN = new Map<DataSet, string>();

function ownFolder(path: string): DataSet {
  const folder = resolve(path);
  const set: DataSet = {
    name: basename(folder),
    title: folder,
    version: 1,
    make: () => undefined,
    edits: [],
    oneFile: middleFile,
  };
  OWN.set(set, folder);
  return set;
}

/** Makes a set under `base`, or finds it there. */
export function prepareData(set: DataSet, base: string, options: MakeOptions): ReadyData {
  const name = `${set.name}-${options.scale}`;
  const folder = OWN.get(set) ?? join(base, name, 'data');
  const journal = new Journal(join(base, `${name}.journal`));
  if (OWN.has(set)) return { set, folder, journal, refresh: () => undefined };
  const marker = join(base, `${name}.version`);
  const version = `${set.version}`;
  const isMade = existsSync(marker) && readFileSync(marker, 'utf8') === version;
  if (!isMade) {
    rmSync(dirname(folder), { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    set.make(folder, options);
    writeFileSync(marker, version);
  }
  const refresh = () => writeFileSync(join(folder, NEWEST), 'newest\n');
  refresh();
  return { set, folder, journal, refresh };
}

/** Removes what `prepareData` made. */
export function forgetData({ set, folder }: ReadyData): void {
  if (OWN.has(set)) return;
  rmSync(`${dirname(folder)}.version`, { force: true });
  rmSync(dirname(folder), { recursive: true, force: true });
}
