/**
 * Removing, without ever leaving the folder it was asked to remove from.
 * @module
 */
import {
  closeSync,
  constants,
  lstatSync,
  opendirSync,
  openSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';
import { canGoByHandle } from './target-tree.ts';
import type { Folder } from './target-tree.ts';

const OPEN_FOLDER = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0);

/**
 * Removes `name` from `folder`; a folder with all that is in it. Links are removed, never followed.
 * @returns how many entries are gone
 * @throws Error with the errno of the first thing that could not be removed
 */
export function removeTree(folder: Pick<Folder, 'path'>, name: Uint8Array): number {
  const path = folder.path(name);
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return 0;
  if (!stats.isDirectory()) {
    unlinkSync(path);
    return 1;
  }
  const removed = removeContents(folder, name);
  rmdirSync(folder.path(name));
  return removed + 1;
}

/** The names in a folder, as they come; the folder must not change its place meanwhile. */
export function* namesIn(self: Buffer): Generator<Buffer> {
  // The typings know text names only; with `buffer` the names are bytes.
  const folder = opendirSync(self, { encoding: 'buffer' as BufferEncoding, bufferSize: 256 });
  try {
    for (let item = folder.readSync(); item; item = folder.readSync())
      yield item.name as unknown as Buffer;
  } finally {
    folder.closeSync();
  }
}

function removeContents(parent: Pick<Folder, 'path'>, name: Uint8Array): number {
  const path = parent.path(name);
  if (!canGoByHandle()) return removeNames(path, inside(path));
  const fd = openSync(path, OPEN_FOLDER);
  try {
    const self = Buffer.from(`/proc/self/fd/${fd}/`);
    return removeNames(self, inside(self));
  } finally {
    closeSync(fd);
  }
}

function removeNames(self: Buffer, folder: Pick<Folder, 'path'>): number {
  let removed = 0;
  // Collected first: removing while listing may skip names on some file systems.
  for (const name of Array.from(namesIn(self))) removed += removeTree(folder, name);
  return removed;
}

function inside(self: Buffer): Pick<Folder, 'path'> {
  const slash = Buffer.from('/');
  return { path: (name) => Buffer.concat([self, slash, name]) };
}
