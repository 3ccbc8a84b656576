import { describe, expect, test } from 'vitest';
import { generateMnemonic } from '../../src/crypto/mnemonic.ts';
import { Suite } from '../../src/crypto/sealed/header.ts';
import { decodeKeySlot, encodeKeySlot } from '../../src/format/documents/key-slot.ts';
import { DEFAULT_SETTINGS } from '../../src/format/documents/settings.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import type { ObjectStore } from '../../src/store/port.ts';
import { initVault } from '../../src/vault/init-vault.ts';
import { saveSettings } from '../../src/vault/load-settings.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import {
  WORDS,
  copyOf,
  flip,
  keysUnder,
  newVault,
  overwrite,
  random,
  reopen,
  tickingClock,
} from '../support/test-vault.ts';

const clock = tickingClock();
const steer = { random, clock };
const init = (store: ObjectStore, more: object = {}) =>
  initVault(store, { mnemonic: WORDS, settings: DEFAULT_SETTINGS, ...steer, ...more });

async function edit(store: ObjectStore, key: string, change: object): Promise<void> {
  const document = JSON.parse(Buffer.from(await store.get(key)).toString()) as object;
  await overwrite(store, key, Buffer.from(JSON.stringify({ ...document, ...change })));
}

/** Leaves one key slot, as in vaults of before. @returns its key */
async function onlySlot(store: ObjectStore): Promise<string> {
  const [key = '', ...others] = await keysUnder(store, 'keys/');
  for (const other of others) await store.delete(other);
  return key;
}

/** As key slots of before, which said nothing but what is needed to open them. */
async function withoutRepetition(store: ObjectStore, key: string): Promise<void> {
  const { vault: _, ...slot } = decodeKeySlot(await store.get(key), key);
  await overwrite(store, key, encodeKeySlot(slot));
}

describe('a new vault', () => {
  test('opens with its words, and nothing in the store is readable', async () => {
    const store = new MemoryStore();
    const { vaultId, slotIds } = await init(store);
    const vault = await reopen(store);
    expect(vault.vaultId).toBe(vaultId);
    expect(vault.settings).toEqual(DEFAULT_SETTINGS);
    const keys = await keysUnder(store, '');
    for (const slotId of slotIds) expect(keys).toContain(`keys/${slotId}.json`);
    expect(keys).toHaveLength(4);
    const bytes = await Promise.all(keys.map((key) => store.get(key)));
    expect(Buffer.concat(bytes).includes('abandon')).toBe(false);
  });

  test('takes the words however they are spaced and cased', async () => {
    const store = new MemoryStore();
    await init(store);
    const typed = ` ${WORDS.toUpperCase().replaceAll(' ', '\n  ')}\n`;
    await openVault(store, { mnemonic: typed, ...steer });
  });

  test('may be sealed with ChaCha20-Poly1305', async () => {
    const store = new MemoryStore();
    await init(store, { suite: Suite.chacha20poly1305 });
    expect((await reopen(store)).keys.suite).toBe(Suite.chacha20poly1305);
  });

  test('is refused where there is a vault', async () => {
    const store = new MemoryStore();
    await init(store);
    const before = await keysUnder(store, '');
    await expect(init(store)).rejects.toMatchObject({ code: 'vault/exists' });
    expect(await keysUnder(store, '')).toEqual(before);
  });

  test('is refused where there is anything else, which the error names', async () => {
    const store = new MemoryStore();
    await overwrite(store, 'holiday.jpg', new Uint8Array(1));
    await expect(init(store)).rejects.toMatchObject({ code: 'vault/exists' });
    await expect(init(store)).rejects.toThrow('holiday.jpg');
    expect(await keysUnder(store, '')).toEqual(['holiday.jpg']);
  });

  test('with words that are none is refused and leaves nothing', async () => {
    const store = new MemoryStore();
    const words = 'abandon '.repeat(12);
    await expect(init(store, { mnemonic: words })).rejects.toMatchObject({ code: 'keys/words' });
    expect(await keysUnder(store, '')).toEqual([]);
  });

  test('has other secrets than another one of the same words', async () => {
    const [a, b] = [await newVault(), await newVault()];
    expect(a.vaultId).not.toBe(b.vaultId);
    const secrets = [a, b].map(({ keys }) => keys.dedupKey.use((key) => Buffer.from(key)));
    expect(secrets[0]?.equals(secrets[1] ?? Buffer.of())).toBe(false);
  });
});

describe('opening', () => {
  test('an empty place says that there is no vault', async () => {
    await expect(reopen(new MemoryStore())).rejects.toMatchObject({ code: 'vault/not-found' });
  });

  test('with other words says that they are wrong', async () => {
    const { store } = await newVault();
    const mnemonic = generateMnemonic(12, random);
    const failing = openVault(store, { mnemonic, ...steer });
    // Whatever the words: none of them is in what is said.
    const message = 'these words do not open the vault at memory';
    await expect(failing).rejects.toMatchObject({ code: 'keys/wrong', message });
  });

  test('without the passphrase, or with another, says that the words are wrong', async () => {
    const store = new MemoryStore();
    await init(store, { passphrase: 'right' });
    for (const more of [{}, { passphrase: 'wrong' }, { passphrase: '' }]) {
      const failing = openVault(store, { mnemonic: WORDS, ...steer, ...more });
      await expect(failing).rejects.toMatchObject({ code: 'keys/wrong' });
    }
    await openVault(store, { mnemonic: WORDS, passphrase: 'right', ...steer });
  });

  test('a vault of a later version is refused as such', async () => {
    const { store } = await newVault();
    const said = JSON.parse(Buffer.from(await store.get('vault.json')).toString()) as object;
    await edit(store, 'vault.json', { version: 2 });
    for (const key of await keysUnder(store, 'keys/')) {
      await edit(store, key, { vault: { ...said, version: 2 } });
    }
    await expect(reopen(store)).rejects.toMatchObject({ code: 'vault/unsupported' });
  });

  test('without its key slots says that the words do not open it', async () => {
    const { store } = await newVault();
    for (const key of await keysUnder(store, 'keys/')) await store.delete(key);
    await expect(reopen(store)).rejects.toMatchObject({ code: 'keys/wrong' });
  });

  test('with a damaged key slot, the only one, is refused, wherever the damage is', async () => {
    const { store } = await newVault();
    const key = await onlySlot(store);
    await withoutRepetition(store, key);
    const size = (await store.get(key)).length;
    for (let at = 0; at < size - 1; at += 7) {
      const copy = await copyOf(store);
      await flip(copy, key, at);
      const text = Buffer.from(await copy.get(key)).toString();
      await expect(reopen(copy), text).rejects.toMatchObject({
        code: expect.stringMatching(/^(object|format|keys|vault)\//),
      });
    }
  });

  test('a damaged slot beside a good one is no obstacle', async () => {
    const { store } = await newVault();
    for (const digit of ['0', 'f']) {
      await overwrite(store, `keys/${digit.repeat(32)}.json`, Buffer.from('{"format":"no'));
    }
    await reopen(store);
  });

  test('takes the settings that were saved last', async () => {
    const vault = await newVault();
    await saveSettings(vault, { ...DEFAULT_SETTINGS, compression: 'max' }, 2);
    await saveSettings(vault, { ...DEFAULT_SETTINGS, compression: 'off' }, 1);
    expect((await reopen(vault.store)).settings.compression).toBe('max');
  });

  test('with damaged settings opens for reading, and says which they are', async () => {
    const { store } = await newVault();
    const [key = ''] = await keysUnder(store, 'config/');
    await flip(store, key, 120);
    const vault = await reopen(store);
    expect(vault.settings).toEqual(DEFAULT_SETTINGS);
    expect(vault.settingsDamage).toMatchObject({ code: 'object/segment' });
    expect(vault.settingsDamage?.message).toContain(key);
  });

  test('wipes the keys when it is closed', async () => {
    const vault = await newVault();
    await vault[Symbol.asyncDispose]();
    expect(() => vault.keys.dedupKey.use(() => 0)).toThrow();
  });
});
