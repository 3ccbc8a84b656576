/**
 * The keys of an open vault, and their way to our own worker threads and back.
 * @module
 */
import { assert } from '../base/failure.ts';
import type { RandomBytes } from '../base/ports.ts';
import { KEY_BYTES, VAULT_ID_BYTES } from './derive.ts';
import type { OpenContext } from './sealed/open.ts';
import type { SealContext } from './sealed/seal.ts';
import type { Suite } from './sealed/header.ts';
import { Secret } from './secret.ts';

/** Made random at init, held in key slots only. `vaultId` is public. */
export interface VaultKeys {
  readonly vaultId: Uint8Array;
  readonly suite: Suite;
  /** By epoch number. Old epochs are needed to read, the current one to write. */
  readonly epochs: ReadonlyMap<number, Secret>;
  readonly currentEpoch: number;
  readonly dedupKey: Secret;
}

/** The same as plain bytes, for `postMessage` and `workerData` only. Secret: never print, store or send it. */
export interface KeyMaterial {
  readonly vaultId: Uint8Array;
  readonly suite: Suite;
  readonly epochs: readonly { readonly epoch: number; readonly key: Uint8Array }[];
  readonly currentEpoch: number;
  readonly dedupKey: Uint8Array;
}

/** What sealing needs: the newest epoch. It borrows the keys, so they must outlive it. */
export function sealContext(keys: VaultKeys, random: RandomBytes): SealContext {
  const epochKey = keys.epochs.get(keys.currentEpoch);
  assert(epochKey !== undefined, 'the current epoch has no key');
  const { vaultId, suite, currentEpoch: epoch } = keys;
  return { vaultId, suite, epoch, epochKey, random };
}

/** What opening needs: every epoch. It borrows the keys, so they must outlive it. */
export function openContext(keys: VaultKeys): OpenContext {
  return { vaultId: keys.vaultId, epochKey: (epoch) => keys.epochs.get(epoch) };
}

/** Wipes every secret in `keys`; nothing can be sealed or opened with them afterwards. */
export function wipeVaultKeys(keys: VaultKeys): void {
  for (const key of keys.epochs.values()) key.wipe();
  keys.dedupKey.wipe();
}

/**
 * Copies that a structured clone carries to a worker thread. Whoever holds them wipes them: the
 * receiver by `importVaultKeys`, the sender by `wipeKeyMaterial` once they are posted (posting copies).
 */
export function exportVaultKeys(keys: VaultKeys): KeyMaterial {
  return {
    vaultId: Uint8Array.from(keys.vaultId),
    suite: keys.suite,
    epochs: [...keys.epochs].map(([epoch, key]) => ({ epoch, key: copyOut(key) })),
    currentEpoch: keys.currentEpoch,
    dedupKey: copyOut(keys.dedupKey),
  };
}

/** The keys again, with lifetimes of their own. Wipes the secrets in `material`. */
export function importVaultKeys(material: KeyMaterial): VaultKeys {
  assert(material.vaultId.length === VAULT_ID_BYTES, 'a vault id is 16 bytes');
  const secrets = [material.dedupKey, ...material.epochs.map(({ key }) => key)];
  assert(
    secrets.every((bytes) => bytes.length === KEY_BYTES),
    'a vault key is 32 bytes',
  );
  const keys: VaultKeys = {
    vaultId: Uint8Array.from(material.vaultId),
    suite: material.suite,
    epochs: new Map(material.epochs.map(({ epoch, key }) => [epoch, Secret.copyOf(key)])),
    currentEpoch: material.currentEpoch,
    dedupKey: Secret.copyOf(material.dedupKey),
  };
  wipeKeyMaterial(material);
  assert(keys.epochs.has(keys.currentEpoch), 'the current epoch has no key');
  return keys;
}

/** Overwrites the secrets in `material` with zeros. */
export function wipeKeyMaterial(material: KeyMaterial): void {
  for (const { key } of material.epochs) key.fill(0);
  material.dedupKey.fill(0);
}

/** In a buffer of its own: cloning a view clones all of the memory behind it. */
function copyOut(key: Secret): Uint8Array {
  return key.use((bytes) => Uint8Array.from(bytes));
}
