/**
 * The vault-wide settings: the newest of `config/` counts.
 * @module
 */
import { AppError, isDamage, isFailure } from '../base/failure.ts';
import { mapConcurrent } from '../base/flow.ts';
import { ObjectKind } from '../crypto/sealed/header.ts';
import type { VaultKeys } from '../crypto/vault-keys.ts';
import type { SavedSettings, VaultSettings } from '../format/documents/settings.ts';
import { DEFAULT_SETTINGS, decodeSettings, encodeSettings } from '../format/documents/settings.ts';
import type { ObjectStore } from '../store/port.ts';
import { CONFIG_PREFIX, isObjectKey } from './pack-key.ts';
import { openSealedFile, saveSealedFile } from './sealed-file.ts';
import type { Vault } from './vault.ts';

export interface LoadedSettings extends SavedSettings {
  /** Some of them cannot be read: nobody knows what they ask of writers. */
  readonly damage?: AppError;
}

/** What is stored under `config/`, still sealed: it can be fetched before there are keys. */
export interface SealedSettings {
  readonly key: string;
  readonly sealed: Uint8Array;
}

/** What holds where nobody saved any. */
export const NO_SETTINGS: SavedSettings = { settings: DEFAULT_SETTINGS, sequence: 0, timeMs: 0 };

const LOADS_AT_ONCE = 8;

/**
 * @throws AppError `vault/contradiction` where there are none, but were: without them nobody knows what writes
 *   need (locks, above all); `store/…`
 */
export async function fetchSettings(
  store: ObjectStore,
  signal?: AbortSignal,
): Promise<SealedSettings[]> {
  const keys: string[] = [];
  for await (const object of store.list(CONFIG_PREFIX, signal)) {
    if (isObjectKey(CONFIG_PREFIX, object.key)) keys.push(object.key);
  }
  if (keys.length === 0) await assertNoneHidden(store, signal);
  const files: SealedSettings[] = [];
  const load = async (key: string) => ({ key, sealed: await store.get(key, { signal }) });
  for await (const file of mapConcurrent(keys.sort(), LOADS_AT_ONCE, load)) files.push(file);
  return files;
}

/** Only asked where there are none, which `vault init` never leaves. */
async function assertNoneHidden(store: ObjectStore, signal?: AbortSignal): Promise<void> {
  try {
    for await (const { key } of store.versions?.list(CONFIG_PREFIX, signal) ?? []) {
      if (!isObjectKey(CONFIG_PREFIX, key)) continue;
      throw new AppError(
        'vault/contradiction',
        `somebody has hidden ${key}, the vault's settings`,
        {
          hint: 'run `cybs3 repair objects`, and change the keys of the bucket',
        },
      );
    }
  } catch (error) {
    // Not everybody may ask, and not every server understands.
    if (!isFailure(error, 'store/denied', 'store/rejected', 'store/config')) throw error;
  }
}

/** @returns the newest settings that can be read, or the defaults (sequence 0) where there are none */
export function newestSettings(keys: VaultKeys, files: readonly SealedSettings[]): LoadedSettings {
  let newest = NO_SETTINGS;
  let damage: AppError | undefined;
  for (const { key, sealed } of files) {
    try {
      const saved = decodeSettings(openSealedFile(keys, key, ObjectKind.config, sealed));
      const isNewer =
        saved.sequence > newest.sequence ||
        (saved.sequence === newest.sequence && saved.timeMs > newest.timeMs);
      if (isNewer) newest = saved;
    } catch (error) {
      if (!isDamage(error)) throw error;
      damage ??= error;
    }
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
