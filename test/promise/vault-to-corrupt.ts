/**
 * A small vault with something of everything: two hosts, five snapshots that share chunks, a pack of several
 * segments, a manifest of two levels, settings, and two key slots.
 * @module
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../src/base/ports.ts';
import { asPublicDocument } from '../../src/base/brand.ts';
import { deriveRoot } from '../../src/crypto/derive.ts';
import { mnemonicToSeed } from '../../src/crypto/mnemonic.ts';
import { encodeKeySlot, keySlotKey } from '../../src/format/documents/key-slot.ts';
import { DEFAULT_SETTINGS } from '../../src/format/documents/settings.ts';
import type { MemoryStore } from '../../src/store/memory.ts';
import { initVault } from '../../src/vault/init-vault.ts';
import { makeMnemonicSlot } from '../../src/vault/mnemonic-slot.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { WORDS, backUp, random } from '../support/test-vault.ts';
import { random as noise, tree } from '../support/tree.ts';

export const OTHER_WORDS =
  'legal winner thank year wave sausage worth useful legal winner thank yellow';
/** Enough for a manifest of two levels. */
const MANY = 1300;

export async function vaultToCorrupt(
  store: MemoryStore,
  folder: string,
  clock: Clock,
): Promise<Vault> {
  await initVault(store, { mnemonic: WORDS, settings: DEFAULT_SETTINGS, random, clock });
  const vault = await openVault(store, { mnemonic: WORDS, random, clock });
  await addSlot(vault, OTHER_WORDS);
  const [ann, bob] = [join(folder, 'ann'), join(folder, 'bob')];
  const shared = noise(700_000, 1);
  tree(ann, {
    'large.bin': noise(2_600_000, 2),
    'shared.bin': shared,
    'text.log': 'the same line again and again\n'.repeat(5000),
    many: Object.fromEntries(Array.from({ length: MANY }, (_, i) => [`f${i}`, `file ${i % 40}`])),
  });
  tree(bob, { 'shared.bin': shared, 'own.bin': noise(400_000, 3), sub: { 'a.txt': 'a' } });
  await backUp(vault, [ann], { host: 'ann' });
  await backUp(vault, [bob], { host: 'bob' });
  writeFileSync(join(ann, 'new.bin'), noise(300_000, 4));
  await backUp(vault, [ann], { host: 'ann' });
  writeFileSync(join(bob, 'own.bin'), noise(400_000, 5));
  await backUp(vault, [bob], { host: 'bob' });
  writeFileSync(join(ann, 'many', 'f7'), 'changed');
  await backUp(vault, [ann], { host: 'ann' });
  return vault;
}

/** A second way in, with other words. */
async function addSlot(vault: Vault, words: string): Promise<void> {
  const { keys } = vault;
  using seed = mnemonicToSeed(words);
  using root = deriveRoot(seed);
  const payload = {
    vaultId: keys.vaultId,
    version: 1,
    suite: keys.suite,
    epochs: [...keys.epochs].map(([epoch, key]) => ({ epoch, key: key.use((bytes) => bytes) })),
    dedupKey: keys.dedupKey.use((bytes) => bytes),
    createdMs: 0,
  };
  const slot = makeMnemonicSlot(root, payload, random);
  await vault.store.put(keySlotKey(slot.slotId), asPublicDocument(encodeKeySlot(slot)));
}
