/**
 * Deletes many objects, and leaves those that a lock holds.
 * @module
 */
import { isFailure } from '../../../base/failure.ts';
import { mapConcurrent } from '../../../base/flow.ts';
import type { ObjectStore } from '../../../store/port.ts';

const DELETES_AT_ONCE = 16;

/** @returns the keys of those that are gone now */
export async function deleteObjects(
  store: ObjectStore,
  keys: readonly string[],
  signal: AbortSignal,
  onDeleted: (done: number) => void = () => undefined,
): Promise<string[]> {
  const deleted: string[] = [];
  const remove = async (key: string) => {
    try {
      await store.delete(key, signal);
      return key;
    } catch (error) {
      if (isFailure(error, 'store/locked')) return undefined;
      throw error;
    }
  };
  for await (const key of mapConcurrent(keys, DELETES_AT_ONCE, remove)) {
    if (key === undefined) continue;
    deleted.push(key);
    onDeleted(deleted.length);
  }
  return deleted;
}
