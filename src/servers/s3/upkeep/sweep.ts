/**
 * Takes away files that nobody names: those that lost their object, and those that an earlier run of the server wrote
 * and never named, because it was killed in between.
 * @module
 */
import { readdir } from 'node:fs/promises';
import type { Catalog } from '../catalog/catalog.ts';
import type { ExtentIndex } from '../catalog/extent-index.ts';
import { FOLDER_NAMES } from '../storage/data-folder.ts';
import { startOfExtent } from '../storage/extent-id.ts';
import type { FileExtentStore } from '../storage/open-extent-store.ts';

export interface SweepOptions {
  readonly catalog: Catalog & ExtentIndex;
  readonly extents: FileExtentStore;
  readonly signal?: AbortSignal | undefined;
}

/** How many go with one commit. */
const BATCH = 500;

/**
 * Unlinks what was dropped. What is being read stays until the next time.
 * @returns how many files are gone
 */
export async function sweepGarbage({ catalog, extents, signal }: SweepOptions): Promise<number> {
  let count = 0;
  let after = '';
  while (signal?.aborted !== true) {
    const ids = catalog.garbage(after, BATCH);
    const last = ids.at(-1);
    if (last === undefined) break;
    after = last;
    const gone = ids.filter((id) => !extents.isHeld(id));
    for (const id of gone) await extents.data.remove(id);
    // Only now: a crash in between finds them garbage still.
    if (gone.length > 0) await catalog.write(() => catalog.forgetGarbage(gone));
    count += gone.length;
  }
  return count;
}

/**
 * Unlinks what an earlier start wrote and nobody names. What this start writes is left alone: it may be named in a
 * moment. Which start it was is in the name: no clock is asked. Files that are not ours are left alone, too.
 * @returns how many files are gone
 */
export async function sweepLeftovers({ catalog, extents, signal }: SweepOptions): Promise<number> {
  let count = 0;
  for (const name of FOLDER_NAMES) {
    if (signal?.aborted === true) break;
    // A folder at a time: with a million files it holds four thousand names.
    const files = await readdir(extents.data.folderOf(name));
    for (const id of files.filter((file) => isLeftover(catalog, file))) {
      await extents.data.remove(id);
      count++;
    }
  }
  return count;
}

function isLeftover(index: ExtentIndex, name: string): boolean {
  const start = startOfExtent(name);
  return start !== undefined && start < index.startNumber && !index.namesFile(name);
}
