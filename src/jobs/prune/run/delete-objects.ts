/**
 * Deletes many objects, and leaves those that a lock holds.
 * @module
 */
import { deleteMany } from '../../../store/delete-many.ts';
import type { ObjectStore } from '../../../store/port.ts';

/** Few enough to tell how it goes on, many enough for few requests. */
const BATCH = 1000;

/** @returns the keys of those that are gone now */
export async function deleteObjects(
  store: ObjectStore,
  keys: readonly string[],
  signal: AbortSignal,
  onDeleted: (done: number) => void = () => undefined,
): Promise<string[]> {
  const deleted: string[] = [];
  for (let at = 0; at < keys.length; at += BATCH) {
    const batch = keys.slice(at, at + BATCH);
    const locked = new Set((await deleteMany(store, batch, signal)).locked);
    deleted.push(...batch.filter((key) => !locked.has(key)));
    onDeleted(deleted.length);
  }
  return deleted;
}
