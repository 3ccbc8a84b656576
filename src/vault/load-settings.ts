/**
 * The vault-wide settings: the newest of `config/` counts.
 * @module
 */
import type { AppError } from '../base/failure.ts';
import { isDamage } from '../base/failure.ts';
import { mapConcurrent } from '../base/flow.ts';
import { ObjectKind } from '../crypto/sealed/header.ts';
import type { SavedSettings, VaultSettings } from '../format/documents/settings.ts';
import { DEFAULT_SETTINGS, decodeSettings, encodeSettings } from '../format/documents/settings.ts';
import { CONFIG_PREFIX, isObjectKey } from './pack-key.ts';
import { loadSealedFile, saveSealedFile } from './sealed-file.ts';
import type { Vault } from './vault.ts';

export interface LoadedSettings extends SavedSettings {
  /** Some of them cannot be read: nobody knows what they ask of writers. */
  readonly damage?: AppError;
}

/** @returns the newest settings that can be read, or the defaults (sequence 0) where there are none */
export async function loadSettings(
  vault: Pick<Vault, 'store' | 'keys'>,
  signal?: AbortSignal,
): Promise<LoadedSettings> {
  const keys: string[] = [];
  for await (const object of vault.store.list(CONFIG_PREFIX, signal)) {
    if (isObjectKey(CONFIG_PREFIX, object.key)) keys.push(object.key);
  }
  let newest: SavedSettings = { settings: DEFAULT_SETTINGS, sequence: 0, timeMs: 0 };
  let damage: AppError | undefined;
  const load = async (key: string) => {
    try {
      return decodeSettings((await loadSealedFile(vault, key, ObjectKind.config, signal)).content);
    } catch (error) {
      if (!isDamage(error)) throw error;
      damage ??= error;
      return undefined;
    }
  };
  for await (const saved of mapConcurrent(keys.sort(), 4, load)) {
    if (!saved) continue;
    const isNewer =
      saved.sequence > newest.sequence ||
      (saved.sequence === newest.sequence && saved.timeMs > newest.timeMs);
    if (isNewer) newest = saved;
  }
  return { ...newest, ...(damage && { damage }) };
}

/** Stores settings that count from now on. */
export async function saveSettings(
  vault: Pick<Vault, 'store' | 'keys' | 'random' | 'clock'>,
  settings: VaultSettings,
  sequence: number,
): Promise<void> {
  const content = encodeSettings({ settings, sequence, timeMs: vault.clock() });
  await saveSealedFile(vault, CONFIG_PREFIX, ObjectKind.config, content);
}
