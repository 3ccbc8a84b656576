/**
 * Opens a vault with its words: finds the slot that fits, checks what is public against what is sealed, and
 * reads the settings.
 * @module
 */
import { toHex } from '../base/bytes.ts';
import { AppError, isDamage, isFailure } from '../base/failure.ts';
import type { Clock, RandomBytes } from '../base/ports.ts';
import { deriveRoot } from '../crypto/derive.ts';
import { mnemonicToSeed, parseMnemonic } from '../crypto/mnemonic.ts';
import type { Suite } from '../crypto/sealed/header.ts';
import { Secret } from '../crypto/secret.ts';
import { selfTest } from '../crypto/self-test.ts';
import type { VaultKeys } from '../crypto/vault-keys.ts';
import { wipeVaultKeys } from '../crypto/vault-keys.ts';
import type { SlotPayload } from '../format/documents/key-slot.ts';
import type { VaultFile } from '../format/documents/vault-file.ts';
import { VAULT_FILE_KEY, decodeVaultFile } from '../format/documents/vault-file.ts';
import type { ObjectStore } from '../store/port.ts';
import { ListAhead } from './list-ahead.ts';
import type { LoadedSettings } from './load-settings.ts';
import { NO_SETTINGS, fetchSettings, newestSettings } from './load-settings.ts';
import { openSlots } from './roots/open-slots.ts';
import { fetchSlots } from './roots/stored-slots.ts';
import type { Vault } from './vault.ts';

export interface UnlockOptions {
  readonly mnemonic: string;
  readonly passphrase?: string;
  readonly random: RandomBytes;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** Nothing will be written: the settings, which concern writers alone, are not asked for. */
  readonly forReading?: boolean;
  /** To mend `vault.json` and key slots: what is wrong with them is no obstacle. */
  readonly mendsRoots?: boolean;
  /** Prefixes to list meanwhile, one after the other. */
  readonly listAhead?: readonly string[];
}

/**
 * @throws AppError `self-check` where this machine's cryptography gives wrong answers,
 *   `vault/not-found` where there is no vault, `keys/words` for words that are none,
 *   `keys/wrong` for words of another vault, `vault/mismatch` where `vault.json` was changed or lost (and readers
 *   do not go on where the slots do not help), `vault/unsupported`, `object/…`, `store/…`
 */
export async function openVault(store: ObjectStore, options: UnlockOptions): Promise<Vault> {
  selfTest();
  const mnemonic = parseMnemonic(options.mnemonic);
  const { signal, random, clock, forReading = false, mendsRoots = false } = options;
  const { location } = store;
  // All at once: each of them is a journey to the store and back.
  const slots = begun(fetchSlots(store, signal));
  const sealedSettings = forReading ? undefined : begun(fetchSettings(store, signal));
  const ahead = new ListAhead(store, options.listAhead ?? [], signal);
  const file = await tryVaultFile(store, signal);
  using seed = mnemonicToSeed(mnemonic, options.passphrase);
  using root = deriveRoot(seed);
  const { payload, slotKeys, damage: rootsDamage } = openSlots(await slots, root, file, location);
  const keys = keysOf(payload);
  try {
    if (rootsDamage && !forReading && !mendsRoots) throw rootsDamage;
    const loaded = sealedSettings && newestSettings(keys, await sealedSettings);
    const { settings, damage }: LoadedSettings = loaded ?? NO_SETTINGS;
    const kept = mendsRoots ? root.clone() : undefined;
    return {
      store,
      keys,
      settings,
      ...(damage && { settingsDamage: damage }),
      ...(rootsDamage && { rootsDamage }),
      slotKeys,
      ...(kept && { root: kept }),
      ahead,
      vaultId: toHex(keys.vaultId),
      random,
      clock,
      async [Symbol.asyncDispose]() {
        wipeVaultKeys(keys);
        kept?.wipe();
        await store.close();
      },
    };
  } catch (error) {
    wipeVaultKeys(keys);
    throw error;
  }
}

/** @throws AppError `vault/not-found` */
export async function readVaultFile(store: ObjectStore, signal?: AbortSignal): Promise<VaultFile> {
  try {
    return decodeVaultFile(await store.get(VAULT_FILE_KEY, { signal }));
  } catch (error) {
    if (!isFailure(error, 'store/not-found')) throw error;
    throw new AppError('vault/not-found', `there is no vault at ${store.location}`, {
      hint: 'check the address, or make a new vault there with `cybs3 vault init`',
      cause: error,
    });
  }
}

/** What it says, or why nobody can tell. @throws AppError `store/…` */
async function tryVaultFile(
  store: ObjectStore,
  signal: AbortSignal | undefined,
): Promise<VaultFile | AppError> {
  try {
    return await readVaultFile(store, signal);
  } catch (error) {
    const codes = ['vault/not-found', 'vault/unsupported', 'store/checksum'] as const;
    if (isDamage(error) || isFailure(error, ...codes)) return error;
    throw error;
  }
}

/** Its failure counts where it is awaited, if it ever is. */
function begun<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}

function keysOf(payload: SlotPayload): VaultKeys {
  const epochs = new Map(payload.epochs.map(({ epoch, key }) => [epoch, Secret.take(key)]));
  return {
    vaultId: payload.vaultId,
    suite: payload.suite as Suite,
    epochs,
    currentEpoch: Math.max(...epochs.keys()),
    dedupKey: Secret.take(payload.dedupKey),
  };
}
