/**
 * What every repair keeps to: who may write, and that what cannot be removed is no failure.
 * @module
 */
import { AppError } from '../../base/failure.ts';
import type { Vault } from '../../vault/vault.ts';

/**
 * What cannot be read may ask for server-side encryption of every write.
 * @throws AppError the settings' damage
 */
export function assertMayWrite(vault: Vault): void {
  if (vault.settingsDamage) throw vault.settingsDamage;
}

/**
 * Removes an object that others replace by now.
 * @returns why it is still there, if it is: where the store keeps it (Object Lock), it does no harm
 * @throws AppError `interrupted`
 */
export async function removeObject(
  vault: Vault,
  key: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  try {
    await vault.store.delete(key, signal);
    return undefined;
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'interrupted') throw error;
    return `${key} is replaced, and could not be removed: ${error.message}`;
  }
}
