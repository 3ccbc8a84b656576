/**
 * Makes a new vault: random secrets, two key slots for the words, `vault.json`, and the settings.
 * @module
 */
import { toHex } from '../base/bytes.ts';
import { asPublicDocument } from '../base/brand.ts';
import { AppError, isFailure } from '../base/failure.ts';
import type { Clock, RandomBytes } from '../base/ports.ts';
import { deriveRoot } from '../crypto/derive.ts';
import { mnemonicToSeed, parseMnemonic } from '../crypto/mnemonic.ts';
import { Suite } from '../crypto/sealed/header.ts';
import { selfTest } from '../crypto/self-test.ts';
import { encodeKeySlot, keySlotKey } from '../format/documents/key-slot.ts';
import type { VaultSettings } from '../format/documents/settings.ts';
import {
  FORMAT_VERSION,
  VAULT_FILE_KEY,
  VAULT_ID_BYTES,
  encodeVaultFile,
} from '../format/documents/vault-file.ts';
import type { ObjectStore } from '../store/port.ts';
import { saveSettings } from './load-settings.ts';
import { makeMnemonicSlot } from './mnemonic-slot.ts';
import { openVault } from './open-vault.ts';
import { wipePayload } from './roots/open-slots.ts';

export interface InitOptions {
  readonly mnemonic: string;
  readonly passphrase?: string;
  readonly suite?: Suite;
  readonly settings: VaultSettings;
  readonly random: RandomBytes;
  readonly clock: Clock;
  /** The store refuses to overwrite where it is told to: two who make a vault at once are told apart. */
  readonly isConditional?: boolean;
}

export interface NewVault {
  /** 32 hex digits each. */
  readonly vaultId: string;
  readonly slotIds: readonly string[];
}

/** Equal but for their names and salts: what happens to one object is not the loss of the vault. */
export const SLOTS_A_HOLDER = 2;

const KEY_BYTES = 32;
const FIRST_EPOCH = 1;

/**
 * Makes a vault and opens it once with the same words, reading everything back from the store.
 * A crash before `vault.json` is written leaves nothing but key slots.
 * @throws AppError `vault/exists` where there is a vault or anything else; `store/config` where `settings` want
 *   objects locked and the store cannot
 */
export async function initVault(store: ObjectStore, options: InitOptions): Promise<NewVault> {
  selfTest();
  const mnemonic = parseMnemonic(options.mnemonic);
  await assertEmpty(store);
  if (options.settings.lock) await assertNothingHidden(store);
  const { random, clock } = options;
  const payload = {
    vaultId: random(VAULT_ID_BYTES),
    version: FORMAT_VERSION,
    suite: options.suite ?? Suite.aes256gcm,
    epochs: [{ epoch: FIRST_EPOCH, key: random(KEY_BYTES) }],
    dedupKey: random(KEY_BYTES),
    createdMs: clock(),
  };
  using seed = mnemonicToSeed(mnemonic, options.passphrase);
  using root = deriveRoot(seed);
  const slotIds: string[] = [];
  for (let n = 0; n < SLOTS_A_HOLDER; n++) {
    const slot = makeMnemonicSlot(root, payload, random);
    await putPublic(store, keySlotKey(slot.slotId), encodeKeySlot(slot));
    slotIds.push(slot.slotId);
  }
  const isConditional = options.isConditional ?? store.capabilities.conditionalPut;
  await putVaultFile(store, encodeVaultFile(payload), isConditional);
  wipePayload(payload);

  // Not closed: the store is the caller's.
  const { passphrase } = options;
  const unlock = { mnemonic, random, clock, ...(passphrase !== undefined && { passphrase }) };
  const vault = await openVault(store, unlock);
  await saveSettings(vault, options.settings, 1);
  return { vaultId: toHex(payload.vaultId), slotIds };
}

async function assertEmpty(store: ObjectStore): Promise<void> {
  for await (const object of store.list('')) {
    // What finding out about the store may leave behind where nothing may be deleted.
    if (object.key.startsWith('probe/')) continue;
    const isVault = object.key === VAULT_FILE_KEY || (await store.head(VAULT_FILE_KEY));
    throw new AppError(
      'vault/exists',
      isVault
        ? `there is a vault at ${store.location} already`
        : `${store.location} is not empty: it holds ${object.key}`,
      { hint: 'choose an empty folder, or another bucket or prefix' },
    );
  }
}

/**
 * Of objects that are locked the first version counts: what was there before this vault, and was deleted, would
 * come back.
 */
async function assertNothingHidden(store: ObjectStore): Promise<void> {
  await requireLocks(store);
  for await (const { key } of store.versions?.list('') ?? []) {
    if (key.startsWith('probe/')) continue;
    throw new AppError('vault/exists', `${store.location} held ${key}, and still has it hidden`, {
      hint: 'choose another prefix, or remove the old versions of all that is there',
    });
  }
}

/** @throws AppError `store/config` where the store cannot lock objects */
export async function requireLocks(store: ObjectStore): Promise<void> {
  if (store.versions) return store.versions.requireLocks();
  throw new AppError('store/config', `objects cannot be locked in ${store.location}`, {
    hint: 'Object Lock needs an S3 bucket',
  });
}

async function putPublic(store: ObjectStore, key: string, bytes: Uint8Array): Promise<void> {
  await store.put(key, asPublicDocument(bytes), { tier: 'metadata' });
}

async function putVaultFile(
  store: ObjectStore,
  bytes: Uint8Array,
  ifAbsent: boolean,
): Promise<void> {
  try {
    const body = asPublicDocument(bytes);
    await store.put(VAULT_FILE_KEY, body, { tier: 'metadata', ifAbsent });
  } catch (error) {
    if (!isFailure(error, 'store/exists')) throw error;
    throw new AppError('vault/exists', `somebody else just made a vault at ${store.location}`, {
      cause: error,
    });
  }
}
