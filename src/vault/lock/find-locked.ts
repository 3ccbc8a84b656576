/**
 * Which objects a lock still holds, before work is begun that ends with deleting them.
 * @module
 */
import { forEachConcurrent } from '../../base/flow.ts';
import type { Vault } from '../vault.ts';

const LOOKS_AT_ONCE = 16;

/**
 * One request a key, and none where the vault's settings want no locks. For thousands of objects try to delete
 * them instead: what is locked stays.
 * @returns those of `keys` that cannot be deleted yet
 */
export async function findLocked(
  { settings, store }: Pick<Vault, 'settings' | 'store'>,
  keys: Iterable<string>,
  signal?: AbortSignal,
): Promise<Set<string>> {
  const locked = new Set<string>();
  if (!settings.lock) return locked;
  await forEachConcurrent(keys, LOOKS_AT_ONCE, async (key) => {
    if ((await store.head(key, signal))?.isLocked) locked.add(key);
  });
  return locked;
}
