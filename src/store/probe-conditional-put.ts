/**
 * Finds out whether a store honours `ifAbsent`: some servers take the condition and overwrite all
 * the same.
 * @module
 */
import { asPublicDocument } from '../base/brand.ts';
import { toHex, utf8Bytes } from '../base/bytes.ts';
import { isFailure } from '../base/failure.ts';
import type { RandomBytes } from '../base/ports.ts';
import type { ObjectStore } from './port.ts';

/**
 * Puts a small object twice under a fresh key below `probe/`, and removes it.
 * @returns true where the second one was refused
 * @throws AppError `store/…` for what has nothing to do with the condition; `interrupted`
 */
export async function probeConditionalPut(
  store: ObjectStore,
  random: RandomBytes,
  signal?: AbortSignal,
): Promise<boolean> {
  const key = `probe/${toHex(random(16))}`;
  const body = asPublicDocument(utf8Bytes('cybs3 conditional put\n'));
  const options = { ifAbsent: true, signal };
  try {
    await store.put(key, body, options);
    await store.put(key, body, options);
    return false;
  } catch (error) {
    if (isFailure(error, 'store/exists')) return true;
    // Not every server knows the condition.
    if (isFailure(error, 'store/rejected')) return false;
    throw error;
  } finally {
    await store.delete(key).catch(() => undefined);
  }
}
