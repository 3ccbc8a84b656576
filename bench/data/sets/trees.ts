/**
 * Trees as they are found: sources, and /usr. They are copied, so that nothing outside of the bench's own folder is
 * ever edited.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fractionOf } from '../content/random-bytes.ts';
import type { DataSet, MakeOptions } from '../data-set.ts';
import { editShare, middleFile } from '../edit-files.ts';

const MODULES = resolve(import.meta.dirname, '../../../node_modules');

export const source: DataSet = {
  name: 'source',
  title:
    'source code: the tree named by `--source-tree`, or this project’s node_modules and ' +
    '/usr/include',
  version: 1,
  make: (folder, { scale, sourceTree }) => {
    const trees = sourceTree === undefined ? [MODULES, '/usr/include'] : [resolve(sourceTree)];
    for (const tree of trees) copyShare(tree, folder, scale);
  },
  edits: [editShare(0.01)],
  oneFile: middleFile,
};

export const usr: DataSet = {
  name: 'usr',
  title: '/usr as it stands: programs, libraries, documents',
  version: 1,
  make: (folder: string, { scale }: MakeOptions) => copyShare('/usr', folder, scale),
  edits: [editShare(0.01)],
  oneFile: middleFile,
};

/** Copies a tree, or so large a share of the folders two levels down as `share` says. */
function copyShare(tree: string, folder: string, share: number): void {
  if (!existsSync(tree)) throw new Error(`${tree} is not there`);
  if (share >= 1) {
    execFileSync('cp', ['-a', '--reflink=auto', tree, folder]);
    return;
  }
  for (const path of twoLevelsDown(tree)) {
    if (fractionOf(path) >= share) continue;
    // With its parents, so that names stay what they are.
    execFileSync('cp', ['-a', '--parents', '--reflink=auto', `.${path}`, folder], { cwd: '/' });
  }
}

function* twoLevelsDown(tree: string): Generator<string> {
  for (const first of readdirSync(tree, { withFileTypes: true })) {
    const path = join(tree, first.name);
    if (!first.isDirectory()) yield path;
    else for (const name of readdirSync(path)) yield join(path, name);
  }
}
