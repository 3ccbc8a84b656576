/**
 * Opens a vault with its words: finds the slot that fits, checks what is public against what is sealed, and
 * reads the settings.
 * @module
 */
import { compareBytes, toHex } from '../base/bytes.ts';
import { AppError, isDamage, isFailure } from '../base/failure.ts';
import { mapConcurrent } from '../base/flow.ts';
import type { Clock, RandomBytes } from '../base/ports.ts';
import { deriveRoot } from '../crypto/derive.ts';
import { mnemonicToSeed, parseMnemonic } from '../crypto/mnemonic.ts';
import type { Suite } from '../crypto/sealed/header.ts';
import { Secret } from '../crypto/secret.ts';
import { selfTest } from '../crypto/self-test.ts';
import type { VaultKeys } from '../crypto/vault-keys.ts';
import { wipeVaultKeys } from '../crypto/vault-keys.ts';
import type { KeySlot, SlotPayload } from '../format/documents/key-slot.ts';
import { SLOT_KIND_MNEMONIC, decodeKeySlot, keySlotKey } from '../format/documents/key-slot.ts';
import type { VaultFile } from '../format/documents/vault-file.ts';
import { VAULT_FILE_KEY, decodeVaultFile } from '../format/documents/vault-file.ts';
import type { ObjectStore, StoredObject } from '../store/port.ts';
import { ListAhead } from './list-ahead.ts';
import type { LoadedSettings } from './load-settings.ts';
import { NO_SETTINGS, fetchSettings, newestSettings } from './load-settings.ts';
import { openMnemonicSlot } from './mnemonic-slot.ts';
import { KEYS_PREFIX } from './pack-key.ts';
import type { Vault } from './vault.ts';

export interface UnlockOptions {
  readonly mnemonic: string;
  readonly passphrase?: string;
  readonly random: RandomBytes;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** Nothing will be written: the settings, which concern writers alone, are not asked for. */
  readonly forReading?: boolean;
  /** Prefixes to list meanwhile, one after the other. */
  readonly listAhead?: readonly string[];
}

/**
 * @throws AppError `self-check` where this machine's cryptography gives wrong answers,
 *   `vault/not-found` where there is no vault, `keys/words` for words that are none,
 *   `keys/wrong` for words of another vault, `vault/mismatch` where `vault.json` was changed,
 *   `vault/unsupported`, `object/…`, `store/…`
 */
export async function openVault(store: ObjectStore, options: UnlockOptions): Promise<Vault> {
  selfTest();
  const mnemonic = parseMnemonic(options.mnemonic);
  const { signal, random, clock, forReading = false } = options;
  // All at once: each of them is a journey to the store and back.
  const slots = begun(fetchSlots(store, signal));
  const sealedSettings = forReading ? undefined : begun(fetchSettings(store, signal));
  const ahead = new ListAhead(store, options.listAhead ?? [], signal);
  const file = await readVaultFile(store, signal);
  using seed = mnemonicToSeed(mnemonic, options.passphrase);
  using root = deriveRoot(seed);
  const payload = openAnySlot(await slots, root, file, store.location);
  assertSameVault(file, payload);
  const keys = keysOf(payload);
  try {
    const loaded = sealedSettings && newestSettings(keys, await sealedSettings);
    const { settings, damage }: LoadedSettings = loaded ?? NO_SETTINGS;
    return {
      store,
      keys,
      settings,
      ...(damage && { settingsDamage: damage }),
      ahead,
      vaultId: toHex(file.vaultId),
      random,
      clock,
      async [Symbol.asyncDispose]() {
        wipeVaultKeys(keys);
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

/** Its failure counts where it is awaited, if it ever is. */
function begun<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}

interface StoredSlot {
  readonly key: string;
  readonly bytes: Uint8Array;
}

const SLOTS_AT_ONCE = 8;

async function fetchSlots(store: ObjectStore, signal?: AbortSignal): Promise<StoredSlot[]> {
  const slots: StoredSlot[] = [];
  const load = async ({ key }: StoredObject) => ({ key, bytes: await store.get(key, { signal }) });
  const stored = store.list(KEYS_PREFIX, signal);
  for await (const slot of mapConcurrent(stored, SLOTS_AT_ONCE, load)) slots.push(slot);
  return slots;
}

function openAnySlot(
  slots: readonly StoredSlot[],
  root: Secret,
  file: VaultFile,
  location: string,
): SlotPayload {
  let tried = 0;
  let damage: unknown;
  for (const { key, bytes } of slots) {
    try {
      const slot = decodeKeySlot(bytes, key);
      if (slot.kind !== SLOT_KIND_MNEMONIC) continue;
      assertNamedAfter(slot, key);
      tried++;
      const payload = openMnemonicSlot(root, file.vaultId, slot);
      if (payload) return payload;
    } catch (error) {
      if (!isDamage(error) && !isFailure(error, 'vault/unsupported')) throw error;
      damage = error;
    }
  }
  if (damage !== undefined && tried === 0) throw damage;
  throw new AppError('keys/wrong', `these words do not open the vault at ${location}`, {
    hint: 'they are valid words, but of another vault, or a BIP39 passphrase is missing or wrong',
    cause: damage,
  });
}

function assertNamedAfter(slot: KeySlot, key: string): void {
  if (keySlotKey(slot.slotId) === key) return;
  throw new AppError('object/name', `${key} is another slot under this name`);
}

function assertSameVault(file: VaultFile, payload: SlotPayload): void {
  const same =
    compareBytes(file.vaultId, payload.vaultId) === 0 &&
    file.version === payload.version &&
    file.suite === payload.suite;
  if (same) return;
  throw new AppError('vault/mismatch', 'vault.json does not say what the vault was made with', {
    hint: 'somebody changed vault.json: restore it from a copy, or ask who can write to the bucket',
  });
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
