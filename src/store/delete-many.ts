/**
 * Deletes many objects, in as few requests as the store can.
 * @module
 */
import { isFailure } from '../base/failure.ts';
import { forEachConcurrent } from '../base/flow.ts';
import type { DeleteOutcome, ObjectStore } from './port.ts';

const DELETES_AT_ONCE = 8;

/** `deleteMany`, also of a store that lacks it. */
export async function deleteMany(
  store: Pick<ObjectStore, 'delete' | 'deleteMany'>,
  keys: Iterable<string>,
  signal?: AbortSignal,
): Promise<DeleteOutcome> {
  if (store.deleteMany) return store.deleteMany(keys, signal);
  let removed = 0;
  const locked: string[] = [];
  await forEachConcurrent(keys, DELETES_AT_ONCE, async (key) => {
    try {
      await store.delete(key, signal);
      removed++;
    } catch (error) {
      if (!isFailure(error, 'store/locked')) throw error;
      locked.push(key);
    }
  });
  return { removed, locked };
}
