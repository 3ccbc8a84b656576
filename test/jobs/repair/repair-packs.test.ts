import { beforeAll, describe, expect, test } from 'vitest';
import { MemoryStore } from '../../../src/store/memory.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import { loadGcState } from '../../../src/vault/gc/gc-state.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import {
  backUp,
  copyOf,
  flip,
  keysUnder,
  overwrite,
  random,
  reopen,
  swap,
  truncate,
} from '../../support/test-vault.ts';
import type { SmallVault } from './fixture.ts';
import { contents, dataPacks, errors, fingerprint, mendPacks, smallVault } from './fixture.ts';

const folder = temporaryFolder();
let small: SmallVault;
let before: Map<string, string>;

beforeAll(async () => {
  small = await smallVault(folder);
  before = await contents(await reopen(small.store));
});

async function damaged(damage: (store: MemoryStore) => Promise<void>): Promise<Vault> {
  const store = await copyOf(small.store);
  await damage(store);
  return reopen(store);
}

const isWhole = async (vault: Vault): Promise<void> => {
  expect(await errors(vault)).toEqual([]);
  expect(await contents(vault)).toEqual(before);
};

/** The longest data pack: of so many segments that each has chunks of its own. */
const longest = async (): Promise<string> => (await dataPacks(small.store))[0] ?? '';

describe('repair packs', () => {
  test.each([
    ['its magic', 2],
    ['its version', 5],
    ['its suite', 6],
    ['its kind', 7],
    ['its epoch', 11],
    ['its segment size', 14],
    ['its reserved bytes', 20],
    ['the half of its salt that is its name', 35],
    ['the other half of its salt', 60],
    ['its commitment', 90],
  ])('loses nothing where only %s in the header was changed', async (_, at) => {
    const key = await longest();
    const vault = await damaged((store) => flip(store, key, at));
    expect(await contents(vault)).not.toEqual(before);
    const { summary } = await mendPacks(vault, { packs: [key] });
    expect(summary).toMatchObject({ packsDamaged: 1, chunksLost: 0, remaining: 0 });
    await isWhole(vault);
  });

  test('keeps every chunk that is not in the segment that does not open', async () => {
    const key = await longest();
    const vault = await damaged((store) => flip(store, key, 5000));
    const { summary, steps } = await mendPacks(vault);
    expect(summary.chunksSalvaged).toBeGreaterThan(0);
    expect(summary.chunksLost).toBeGreaterThan(0);
    expect(summary.remaining).toBe(summary.chunksLost);
    expect(steps).toContainEqual(
      expect.objectContaining({ action: 'pack-salvaged', subject: key }),
    );
    const now = await contents(vault);
    const lost = [...before.keys()].filter((path) => now.get(path) !== before.get(path));
    expect(new Set(lost.map((path) => path.replace(/.*\//, '')))).toEqual(new Set(['shared.bin']));
    await backUp(vault, [small.files]);
    expect(await errors(await reopen(vault.store))).toEqual([]);
  });

  test('goes by the index where the directory cannot be read', async () => {
    const key = await longest();
    const vault = await damaged((store) => flip(store, key, -40));
    const { summary } = await mendPacks(vault, { packs: [key] });
    expect(summary.chunksSalvaged).toBeGreaterThan(0);
    expect(summary.chunksLost).toBeGreaterThan(0);
  });

  test('keeps what comes before the cut of a pack that was cut', async () => {
    const key = await longest();
    const vault = await damaged((store) => truncate(store, key, 2_500_000));
    const { summary } = await mendPacks(vault, { packs: [key] });
    expect(summary.chunksSalvaged).toBeGreaterThan(0);
    expect(summary.chunksLost).toBeGreaterThan(0);
  });

  test('loses nothing of a pack to which something was added', async () => {
    const key = await longest();
    const vault = await damaged(async (store) => {
      await overwrite(store, key, Buffer.concat([await store.get(key), random(1000)]));
    });
    const { summary } = await mendPacks(vault, { packs: [key] });
    expect(summary).toMatchObject({ packsDamaged: 1, chunksLost: 0, remaining: 0 });
    await isWhole(vault);
  });

  test('loses nothing of two packs that changed places', async () => {
    const [a = '', b = ''] = await dataPacks(small.store);
    const vault = await damaged((store) => swap(store, a, b));
    const { summary } = await mendPacks(vault, { packs: [a, b] });
    expect(summary).toMatchObject({ packsDamaged: 2, chunksLost: 0, remaining: 0 });
    await isWhole(vault);
  });

  test('takes the damaged pack out of the index and condemns it, and deletes nothing', async () => {
    const key = await longest();
    const vault = await damaged((store) => flip(store, key, 60));
    const packs = await keysUnder(vault.store, 'data/');
    const { steps } = await mendPacks(vault);
    expect(steps).toContainEqual(
      expect.objectContaining({ action: 'pack-condemned', subject: key }),
    );
    expect(await keysUnder(vault.store, 'data/')).toEqual(expect.arrayContaining(packs));
    const { condemned } = await loadGcState(vault);
    expect([...condemned.keys()]).toEqual([key.slice(8)]);
    const again = await mendPacks(vault);
    expect(again.summary).toMatchObject({ packsDamaged: 0, remaining: 0 });
  });

  test('in a dry run says what could be had and changes nothing', async () => {
    const key = await longest();
    const vault = await damaged((store) => flip(store, key, 5000));
    const is = await fingerprint(vault.store);
    const dry = await mendPacks(vault, { packs: [key], dryRun: true });
    expect(await fingerprint(vault.store)).toBe(is);
    const wet = await mendPacks(vault, { packs: [key] });
    for (const name of ['packsDamaged', 'chunksSalvaged', 'chunksLost', 'bytesSalvaged'] as const) {
      expect(dry.summary[name]).toBe(wet.summary[name]);
    }
  });

  test('mends the packs that are named, by key or by the beginning of a name', async () => {
    const [key = '', other = ''] = await dataPacks(small.store);
    const vault = await damaged(async (store) => {
      await flip(store, key, 60);
      await flip(store, other, 60);
    });
    const named = await mendPacks(vault, { packs: [key] });
    expect(named.summary.packsDamaged).toBe(1);
    const begun = await mendPacks(vault, { packs: [other.slice(8, 20)] });
    expect(begun.summary.packsDamaged).toBe(1);
    await isWhole(vault);
  });

  test('leaves packs alone in which nothing is wrong', async () => {
    const vault = await damaged(async () => undefined);
    const is = await fingerprint(vault.store);
    const { summary, steps } = await mendPacks(vault, { packs: [await longest()] });
    expect(summary).toMatchObject({ packsDamaged: 0, remaining: 0 });
    expect(steps.map(({ action }) => action)).toEqual(['pack-sound']);
    expect(await fingerprint(vault.store)).toBe(is);
  });

  test('refuses what is the name of no pack', async () => {
    const vault = await damaged(async () => undefined);
    for (const packs of [['beef'.repeat(8)], ['xyz'], ['']]) {
      await expect(mendPacks(vault, { packs })).rejects.toMatchObject({ code: 'usage' });
    }
  });

  test('mends metadata packs too', async () => {
    for (const key of await keysUnder(small.store, 'meta/')) {
      const vault = await damaged((store) => flip(store, key, 70));
      const { summary } = await mendPacks(vault, { packs: [key] });
      expect(summary).toMatchObject({ packsDamaged: 1, chunksLost: 0 });
      await isWhole(vault);
    }
  });
});
