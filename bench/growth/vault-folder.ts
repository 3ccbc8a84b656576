/**
 * The vault that the phases hand on to each other: a real one in a directory, so that each phase can be a process of
 * its own and the program itself can be run on it.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { DEFAULT_SETTINGS } from '../../src/format/documents/settings.ts';
import { DirectoryStore } from '../../src/store/directory.ts';
import { initVault } from '../../src/vault/init-vault.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import type { Vault } from '../../src/vault/vault.ts';

/** The well-known test words: nothing in these vaults is worth protecting. */
export const WORDS =
  'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about';

export const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
const clock = (): number => Date.now();

export async function makeVault(folder: string): Promise<Vault> {
  const settings = DEFAULT_SETTINGS;
  const store = new DirectoryStore(folder);
  await initVault(store, { mnemonic: WORDS, settings, random, clock });
  return reopenVault(folder);
}

export async function reopenVault(folder: string): Promise<Vault> {
  return openVault(new DirectoryStore(folder), { mnemonic: WORDS, random, clock });
}
