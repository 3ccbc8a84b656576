/**
 * The vault-wide settings: the newest of `config/` counts.
 * @module
 */
import { mapConcurrent } from '../base/flow.ts';
import { ObjectKind } from '../crypto/sealed/header.ts';
import type { SavedSettings, VaultSettings } from '../format/documents/settings.ts';
import { DEFAULT_SETTINGS, decodeSettings, encodeSettings } from '../format/documents/settings.ts';
import { CONFIG_PREFIX, isObjectKey } from './pack-key.ts';
import { loadSealedFile, saveSealedFile } from './sealed-file.ts';
import type { Vault } from './vault.ts';

/** @returns the newest settings, or the defaults (sequence 0) where there are none */
export async function loadSettings(
  vault: Pick<Vault, 'store' | 'keys'>,
  signal?: AbortSignal,
): Promise<SavedSettings> {
  const keys: string[] = [];
  for await (const object of vault.store.list(CONFIG_PREFIX, signal)) {
    if (isObjectKey(CONFIG_PREFIX, object.key)) keys.push(object.key);
  }
  let newest: SavedSettings = { settings: DEFAULT_SETTINGS, sequence: 0, timeMs: 0 };
  const load = async (key: string) =>
    decodeSettings((await loadSealedFile(vault, key, ObjectKind.config, signal)).content);
  for await (const saved of mapConcurrent(keys.sort(), 4, load)) {
    const isNewer =
      saved.sequence > newest.sequence ||
      (saved.sequence === newest.sequence && saved.timeMs > newest.timeMs);
    if (isNewer) newest = saved;
  }
  return newest;
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
