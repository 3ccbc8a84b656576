/**
 * Many small files: a million in a thousand folders, and a hundred thousand in one.
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { below, createChance } from '../content/random-bytes.ts';
import { textLines } from '../content/text-lines.ts';
import type { DataSet } from '../data-set.ts';
import { deleteHalf, editShare } from '../edit-files.ts';

const MILLION_FOLDERS = 1000;
const FILES_IN_FOLDER = 1000;
const FLAT_FILES = 100_000;
/** Shortest and longest of the usual ones; one in sixteen is up to eight times as long. */
const SHORTEST = 64;
const LONGEST = 2048;

export const million: DataSet = {
  name: 'million',
  title: '1,000,000 small files (about 1.5 KB each) in 1,000 folders',
  version: 1,
  make: (folder, { scale }) => {
    for (let i = 0; i < Math.ceil(MILLION_FOLDERS * scale); i++) {
      const into = join(folder, `folder-${numbered(i)}`);
      mkdirSync(into);
      makeFiles(into, FILES_IN_FOLDER, i);
    }
  },
  edits: [editShare(0.01)],
  oneFile: (folder) => join(folder, `folder-${numbered(0)}`, `file-${numbered(777)}.txt`),
};

/** For prune: what it may free is half of every pack. */
export const scattered: DataSet = {
  ...million,
  name: 'scattered',
  title: `${million.title}; then half of them`,
  edits: [deleteHalf],
};

export const flat: DataSet = {
  name: 'flat',
  title: '100,000 small files in one folder',
  version: 1,
  make: (folder, { scale }) => makeFiles(folder, Math.ceil(FLAT_FILES * scale), -1),
  edits: [editShare(0.01)],
  oneFile: (folder) => join(folder, `file-${numbered(777)}.txt`),
};

function makeFiles(folder: string, count: number, seed: number): void {
  const chance = createChance(seed);
  const fill = textLines(seed);
  const content = Buffer.alloc(8 * LONGEST);
  for (let i = 0; i < count; i++) {
    const longest = below(chance, 16) === 0 ? content.length : LONGEST;
    const bytes = content.subarray(0, SHORTEST + below(chance, longest - SHORTEST));
    fill(bytes);
    writeFileSync(join(folder, `file-${numbered(i)}.txt`), bytes);
  }
}

function numbered(i: number): string {
  return String(i).padStart(6, '0');
}
