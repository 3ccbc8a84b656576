/**
 * Edits of whole trees: one file in so many gets a few new bytes in its middle.
 * @module
 */
import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fractionOf } from './content/random-bytes.ts';
import type { Edit } from './data-set.ts';
import type { Journal } from './journal.ts';

const NEW_BYTES = Buffer.from('-- this was edited --');

/** Every regular file under a folder, in the order of names. */
export function* filesUnder(folder: string): Generator<string> {
  const entries = readdirSync(folder, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesUnder(path);
    else if (entry.isFile()) yield path;
  }
}

/** @param share of the files, 0 to 1; which ones follows from their paths */
export function editShare(share: number): Edit {
  return {
    name: 'touched',
    title: `${share * 100} % of the files changed by 21 bytes`,
    apply: (folder: string, journal: Journal) => {
      for (const path of filesUnder(folder)) {
        if (fractionOf(relative(folder, path)) >= share) continue;
        const { size } = statSync(path);
        if (size < NEW_BYTES.length) continue;
        journal.overwrite(path, (size - NEW_BYTES.length) >> 1, NEW_BYTES);
      }
    },
  };
}

/** Deletes the first file of the walk, and every second one after it. */
export const deleteHalf: Edit = {
  name: 'halved',
  title: 'every second file deleted',
  apply: (folder, journal) => {
    let i = 0;
    for (const path of filesUnder(folder)) if (i++ % 2 === 0) journal.remove(path);
  },
};

/** The file in the middle of the walk: not the first that anything finds. */
export function middleFile(folder: string): string {
  const files = Array.from(filesUnder(folder));
  const middle = files[files.length >> 1];
  if (middle === undefined) throw new Error(`${folder} holds no file`);
  return middle;
}
