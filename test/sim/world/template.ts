/**
 * A vault as it is after `vault init`: made once by the real thing, then copied into every history.
 * @module
 */
import { DEFAULT_SETTINGS } from '../../../src/format/documents/settings.ts';
import { initVault } from '../../../src/vault/init-vault.ts';
import { openVault } from '../../../src/vault/open-vault.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import { Chance } from '../chance.ts';
import { Bucket } from './bucket.ts';
import { DirectStore } from './direct-store.ts';

const MNEMONIC =
  'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about';
/** Smaller than any vault may ask for, so that a small tree fills several. */
const PACK_SIZE_BYTES = 4096;

export interface Template {
  readonly bucket: Bucket;
  /** Opened; its settings are the simulator's. */
  readonly vault: Vault;
}

export async function makeTemplate(): Promise<Template> {
  const bucket = new Bucket();
  const store = new DirectStore(bucket);
  const chance = new Chance(1);
  const ports = { random: (length: number) => chance.bytes(length), clock: () => 1 };
  await initVault(store, { mnemonic: MNEMONIC, settings: DEFAULT_SETTINGS, ...ports });
  const { ahead: _, ...vault } = await openVault(store, { mnemonic: MNEMONIC, ...ports });
  const settings = { compression: 'off', packSizeBytes: PACK_SIZE_BYTES } as const;
  return { bucket, vault: { ...vault, settings } };
}
