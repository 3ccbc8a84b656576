/**
 * Opens a vault with its words: finds the slot that fits, checks what is public against what is sealed, and
 * reads the settings.
 * @module
 */
import { compareBytes, toHex } from '../base/bytes.ts';
import { AppError, isDamage, isFailure } from '../base/failure.ts';
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
import type { ObjectStore } from '../store/port.ts';
import { loadSettings } from './load-settings.ts';
import { openMnemonicSlot } from './mnemonic-slot.ts';
import { KEYS_PREFIX } from './pack-key.ts';
import type { Vault } from './vault.ts';

export interface UnlockOptions {
  readonly mnemonic: string;
  readonly passphrase?: string;
  readonly random: RandomBytes;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
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
  const file = await readVaultFile(store, options.signal);
  using seed = mnemonicToSeed(mnemonic, options.passphrase);
  using root = deriveRoot(seed);
  const payload = await openAnySlot(store, root, file, options.signal);
  assertSameVault(file, payload);
  const keys = keysOf(payload);
  try {
    const { random, clock } = options;
    const { settings, damage } = await loadSettings({ store, keys }, options.signal);
    return {
      store,
      keys,
      settings,
      ...(damage && { settingsDamage: damage }),
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

async function openAnySlot(
  store: ObjectStore,
  root: Secret,
  file: VaultFile,
  signal?: AbortSignal,
): Promise<SlotPayload> {
  let tried = 0;
  let damage: unknown;
  for await (const object of store.list(KEYS_PREFIX, signal)) {
    try {
      const slot = decodeKeySlot(await store.get(object.key, { signal }), object.key);
      if (slot.kind !== SLOT_KIND_MNEMONIC) continue;
      assertNamedAfter(slot, object.key);
      tried++;
      const payload = openMnemonicSlot(root, file.vaultId, slot);
      if (payload) return payload;
    } catch (error) {
      if (!isDamage(error) && !isFailure(error, 'vault/unsupported')) throw error;
      damage = error;
    }
  }
  if (damage !== undefined && tried === 0) throw damage;
  throw new AppError('keys/wrong', `these words do not open the vault at ${store.location}`, {
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
