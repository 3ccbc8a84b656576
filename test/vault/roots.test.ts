/** No object is the only way into a vault: not `vault.json`, and none of the key slots. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { deriveRoot } from '../../src/crypto/derive.ts';
import { generateMnemonic, mnemonicToSeed } from '../../src/crypto/mnemonic.ts';
import { Secret } from '../../src/crypto/secret.ts';
import {
  decodeIntactSlot,
  decodeKeySlot,
  encodeKeySlot,
  keySlotKey,
} from '../../src/format/documents/key-slot.ts';
import type { VaultFile } from '../../src/format/documents/vault-file.ts';
import { encodeVaultFile } from '../../src/format/documents/vault-file.ts';
import { DEFAULT_SETTINGS } from '../../src/format/documents/settings.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import type { ObjectStore } from '../../src/store/port.ts';
import { initVault } from '../../src/vault/init-vault.ts';
import { makeMnemonicSlot } from '../../src/vault/mnemonic-slot.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import { slotFault, vaultFileOf } from '../../src/vault/roots/slot-fault.ts';
import type { Vault } from '../../src/vault/vault.ts';
import {
  WORDS,
  copyOf,
  flip,
  keysUnder,
  newVault,
  overwrite,
  random,
  reopen,
  swap,
  tickingClock,
  truncate,
} from '../support/test-vault.ts';

const clock = tickingClock();

const read = (store: ObjectStore, mnemonic = WORDS): Promise<Vault> =>
  openVault(store, { mnemonic, random, clock, forReading: true });

const slotsOf = (store: ObjectStore): Promise<string[]> => keysUnder(store, 'keys/');

/** Changes what a slot says of its vault, as somebody can who may write to the bucket. */
async function claim(store: ObjectStore, key: string, vault: VaultFile | undefined): Promise<void> {
  const { vault: _, ...slot } = decodeKeySlot(await store.get(key), key);
  await overwrite(store, key, encodeKeySlot(vault ? { ...slot, vault } : slot));
}

function secretsOf({ keys }: Vault): string {
  return keys.dedupKey.use((bytes) => Buffer.from(bytes).toString('hex'));
}

describe('a new vault', () => {
  test('has two key slots for its words, and either opens it alone', async () => {
    const { store } = await newVault();
    const slots = await slotsOf(store);
    expect(slots).toHaveLength(2);
    for (const key of slots) {
      const copy = await copyOf(store);
      await copy.delete(key);
      expect((await reopen(copy)).slotKeys).toEqual(slots.filter((one) => one !== key));
    }
  });

  test('opens wherever a slot is damaged, and the other slot is none the worse', async () => {
    const vault = await newVault();
    const [key = ''] = await slotsOf(vault.store);
    const size = (await vault.store.get(key)).length;
    for (let at = 0; at < size; at += 13) {
      const copy = await copyOf(vault.store);
      await flip(copy, key, at);
      expect(secretsOf(await reopen(copy))).toBe(secretsOf(vault));
    }
  });

  test('opens for reading wherever vault.json is damaged, and says what is wrong', async () => {
    const vault = await newVault();
    const { store } = vault;
    const size = (await store.get('vault.json')).length;
    for (let at = 0; at < size; at += 3) {
      const copy = await copyOf(store);
      await flip(copy, 'vault.json', at);
      const opened = await read(copy);
      expect(opened.vaultId).toBe(vault.vaultId);
      expect(secretsOf(opened)).toBe(secretsOf(vault));
      expect(opened.rootsDamage).toMatchObject({ code: 'vault/mismatch' });
    }
  });
});

describe('without vault.json', () => {
  test('a vault opens for reading, and says that it is gone and what mends it', async () => {
    const vault = await newVault();
    await vault.store.delete('vault.json');
    const opened = await read(vault.store);
    expect(opened.vaultId).toBe(vault.vaultId);
    expect(opened.rootsDamage?.message).toContain('is gone');
    expect(opened.rootsDamage?.hint).toContain('cybs3 repair roots');
  });

  test('nobody opens it for writing, but to mend it', async () => {
    const { store } = await newVault();
    await store.delete('vault.json');
    await expect(reopen(store)).rejects.toMatchObject({
      code: 'vault/mismatch',
      hint: expect.stringContaining('cybs3 repair roots'),
    });
    await using mending = await openVault(store, {
      mnemonic: WORDS,
      random,
      clock,
      mendsRoots: true,
    });
    expect(mending.root).toBeInstanceOf(Secret);
    expect((await newVault()).root).toBeUndefined();
  });

  test('other words are wrong words still', async () => {
    const { store } = await newVault();
    await store.delete('vault.json');
    const failing = read(store, generateMnemonic(12, random));
    await expect(failing).rejects.toMatchObject({ code: 'keys/wrong' });
  });

  test('and without slots there is no vault', async () => {
    const { store } = await newVault();
    for (const key of ['vault.json', ...(await slotsOf(store))]) await store.delete(key);
    await expect(read(store)).rejects.toThrow('there is no vault');
    await overwrite(store, 'keys/of-the-house.json', Buffer.from('{"front":"door"}'));
    await expect(read(store)).rejects.toThrow('there is no vault');
  });

  test('a vault of before cannot be opened, and says why', async () => {
    const { store } = await newVault();
    for (const key of await slotsOf(store)) await claim(store, key, undefined);
    expect((await reopen(store)).rootsDamage).toBeUndefined();
    await store.delete('vault.json');
    await expect(read(store)).rejects.toThrow('no key slot says what it said');
    await overwrite(store, 'vault.json', Buffer.from('{"format":"cyb'));
    await expect(read(store)).rejects.toMatchObject({ code: 'format/invalid' });
  });

  test('slots of several vaults in one place are all tried', async () => {
    const [vault, other] = [await newVault(), await newVault()];
    for (const key of await slotsOf(other.store)) {
      await overwrite(vault.store, key, await other.store.get(key));
    }
    await vault.store.delete('vault.json');
    const ids = [vault.vaultId, other.vaultId];
    expect(ids).toContain((await read(vault.store)).vaultId);
  });
});

describe('whoever changes what is public gains nothing', () => {
  test('vault.json with another suite: what is sealed counts, writers are refused', async () => {
    const vault = await newVault();
    const file = encodeVaultFile({ ...vaultFileOf(vault.keys), suite: 2 });
    await overwrite(vault.store, 'vault.json', file);
    const opened = await read(vault.store);
    expect(opened.keys.suite).toBe(1);
    expect(opened.rootsDamage).toMatchObject({ code: 'vault/mismatch' });
    await expect(reopen(vault.store)).rejects.toMatchObject({ code: 'vault/mismatch' });
  });

  test('everything public with another suite: refused', async () => {
    const vault = await newVault();
    const changed = { ...vaultFileOf(vault.keys), suite: 2 };
    await overwrite(vault.store, 'vault.json', encodeVaultFile(changed));
    for (const key of await slotsOf(vault.store)) await claim(vault.store, key, changed);
    await expect(read(vault.store)).rejects.toMatchObject({ code: 'vault/mismatch' });
    await vault.store.delete('vault.json');
    await expect(read(vault.store)).rejects.toMatchObject({ code: 'vault/mismatch' });
  });

  test('slots that name another vault: refused without vault.json, no matter with it', async () => {
    const vault = await newVault();
    const changed = { ...vaultFileOf(vault.keys), vaultId: random(16) };
    for (const key of await slotsOf(vault.store)) await claim(vault.store, key, changed);
    expect(secretsOf(await reopen(vault.store))).toBe(secretsOf(vault));
    await vault.store.delete('vault.json');
    await expect(read(vault.store)).rejects.toMatchObject({ code: 'keys/wrong' });
  });

  test('a vault of a later version, called one of this, is refused', async () => {
    const { store, keys } = await newVault();
    using seed = mnemonicToSeed(WORDS);
    using root = deriveRoot(seed);
    const file = vaultFileOf(keys);
    const epochs = [{ epoch: 1, key: random(32) }];
    const payload = { ...file, version: 2, epochs, dedupKey: random(32), createdMs: 0 };
    const slot = makeMnemonicSlot(root, payload, random);
    for (const key of await slotsOf(store)) await store.delete(key);
    await overwrite(store, keySlotKey(slot.slotId), encodeKeySlot({ ...slot, vault: file }));
    await expect(read(store)).rejects.toMatchObject({ code: 'vault/mismatch' });
  });
});

describe('key slots that changed places', () => {
  const otherWords = generateMnemonic(12, random);

  test('open, each with its words', async () => {
    const store = new MemoryStore();
    const vault = await newVault(store);
    const before = secretsOf(vault);
    const [first = '', second = ''] = await slotsOf(store);
    await swap(store, first, second);
    expect(secretsOf(await reopen(store))).toBe(before);
    await store.delete(first);
    expect(secretsOf(await reopen(store))).toBe(before);
    await overwrite(store, 'keys/moved.json', await store.get(second));
    await store.delete(second);
    expect(secretsOf(await reopen(store))).toBe(before);
    await expect(read(store, otherWords)).rejects.toMatchObject({ code: 'keys/wrong' });
  });

  test('are seen to have', async () => {
    const vault = await newVault();
    const { store } = vault;
    const [first = '', second = ''] = await slotsOf(store);
    const file = vaultFileOf(vault.keys);
    expect(slotFault(await store.get(first), first, file)).toBeUndefined();
    expect(slotFault(await store.get(first), second, file)).toBe('misnamed');
    const foreign = { ...file, vaultId: random(16) };
    expect(slotFault(await store.get(first), first, foreign)).toBe('foreign');
  });
});

describe('damage to a key slot', () => {
  test('is told by a hash of what is in it, as the specification has it', async () => {
    const { store, vaultId } = await newVault();
    const [key = ''] = await slotsOf(store);
    const { slotId, payload, sha256 } = JSON.parse(
      Buffer.from(await store.get(key)).toString(),
    ) as Record<string, string>;
    const text = `${vaultId}\n1\n1\n${slotId}\nmnemonic\n${payload}`;
    expect(sha256).toBe(createHash('sha256').update(text).digest('hex'));
  });

  test('is seen without the words, wherever it is', async () => {
    const { store } = await newVault();
    const [key = ''] = await slotsOf(store);
    const bytes = await store.get(key);
    expect(decodeIntactSlot(bytes, key).vault).toBeDefined();
    for (let bit = 0; bit < 8 * (bytes.length - 1); bit++) {
      const copy = Uint8Array.from(bytes);
      copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => decodeIntactSlot(copy, key), Buffer.from(copy).toString()).toThrow();
    }
  });

  test('that cuts it, or makes it too long, leaves the other one', async () => {
    const { store } = await newVault();
    const [key = ''] = await slotsOf(store);
    await truncate(store, key, 100);
    await reopen(store);
    await overwrite(store, key, new Uint8Array(3 << 20));
    await reopen(store);
  });
});

test('whoever loses the race to make a vault harms nobody', async () => {
  const store = new MemoryStore();
  const options = { settings: DEFAULT_SETTINGS, random, clock };
  const otherWords = generateMnemonic(12, random);
  const both = await Promise.allSettled([
    initVault(store, { ...options, mnemonic: WORDS }),
    initVault(store, { ...options, mnemonic: otherWords }),
  ]);
  expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const [mine] = both;
  const winner = mine.status === 'fulfilled' ? WORDS : otherWords;
  const vault = await openVault(store, { ...options, mnemonic: winner });
  expect(vault.rootsDamage).toBeUndefined();
});
