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
 * Takes away what was dropped two calls ago, or by an earlier start. What was dropped since then, and what is held,
 * stays until a later call: somebody may have found it in the catalog just before.
 * @returns how many extents are gone
 */
export async function sweepGarbage({ catalog, extents, signal }: SweepOptions): Promise<number> {
  catalog.letGarbageAge();
  let count = 0;
  let after = '';
  while (signal?.aborted !== true) {
    const batch = catalog.garbage(after, BATCH);
    const last = batch.at(-1);
    if (last === undefined) break;
    after = last.id;
    const old = batch.filter(({ id }) => !catalog.isYoungGarbage(id) && !extents.isHeld(id));
    for (const { id, isInline } of old) if (!isInline) await extents.data.remove(id);
    // Only now: a crash in between finds them garbage still.
    const ids = old.map(({ id }) => id);
    if (ids.length > 0) await catalog.write(() => catalog.forgetGarbage(ids));
    count += ids.length;
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
    for (const id of files.filter((file) => isLeftover(catalog, file) && !extents.isHeld(file))) {
      await extents.data.remove(id);
      count++;
    }
  }
  return count;
}

function isLeftover(index: ExtentIndex, name: string): boolean {
  const start = startOfExtent(name);
  if (start === undefined || start >= index.startNumber) return false;
  // An old file whose object was deleted just now is garbage like any other.
  return !index.namesFile(name) && !index.isYoungGarbage(name);
}
