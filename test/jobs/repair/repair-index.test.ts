import { beforeAll, describe, expect, test } from 'vitest';
import { MemoryStore } from '../../../src/store/memory.ts';
import { saveGcRecord } from '../../../src/vault/gc/gc-state.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import {
  backUp,
  copyOf,
  flip,
  keysUnder,
  overwrite,
  reopen,
  truncate,
} from '../../support/test-vault.ts';
import type { SmallVault } from './fixture.ts';
import { contents, dataPacks, errors, fingerprint, mendIndex, smallVault } from './fixture.ts';

const folder = temporaryFolder();
let small: SmallVault;
let before: Map<string, string>;

beforeAll(async () => {
  small = await smallVault(folder);
  before = await contents(await reopen(small.store));
});

async function damaged(damage: (store: MemoryStore) => Promise<void>): Promise<MemoryStore> {
  const store = await copyOf(small.store);
  await damage(store);
  return store;
}

async function removeIndex(store: MemoryStore): Promise<void> {
  for (const key of await keysUnder(store, 'index/')) await store.delete(key);
}

describe('repair index', () => {
  test('makes the whole index from the packs where there is none', async () => {
    const store = await damaged(removeIndex);
    const { summary } = await mendIndex(await reopen(store));
    const packs = [...(await keysUnder(store, 'data/')), ...(await keysUnder(store, 'meta/'))];
    expect(summary).toMatchObject({ packsIndexed: packs.length, remaining: 0 });
    const vault = await reopen(store);
    expect(await errors(vault)).toEqual([]);
    expect(await contents(vault)).toEqual(before);
  });

  test('replaces an index file that cannot be read, and leaves the others', async () => {
    const [key = '', ...others] = await keysUnder(small.store, 'index/');
    const store = await damaged((copy) => flip(copy, key, 300));
    const { summary, steps } = await mendIndex(await reopen(store));
    expect(summary).toMatchObject({ filesDamaged: 1, filesRemoved: 1, remaining: 0 });
    expect(steps).toContainEqual(
      expect.objectContaining({ action: 'index-removed', subject: key }),
    );
    const left = await keysUnder(store, 'index/');
    expect(left).not.toContain(key);
    expect(left).toEqual(expect.arrayContaining(others));
    const vault = await reopen(store);
    expect(await errors(vault)).toEqual([]);
    expect(await contents(vault)).toEqual(before);
  });

  test('with nothing to do changes nothing', async () => {
    const store = await damaged(async () => undefined);
    const is = await fingerprint(store);
    const { summary, steps } = await mendIndex(await reopen(store));
    expect(steps).toEqual([]);
    expect(summary).toMatchObject({ packsRead: 0, packsIndexed: 0, filesRemoved: 0 });
    expect(await fingerprint(store)).toBe(is);
  });

  test('with --all reads every pack and leaves one set of files', async () => {
    const store = await damaged(async () => undefined);
    const old = await keysUnder(store, 'index/');
    const { summary } = await mendIndex(await reopen(store), { all: true });
    expect(summary.filesRemoved).toBe(old.length);
    const left = await keysUnder(store, 'index/');
    expect(left.filter((key) => old.includes(key))).toEqual([]);
    const vault = await reopen(store);
    expect(await errors(vault)).toEqual([]);
    expect(await contents(vault)).toEqual(before);
  });

  test('in a dry run says the same and changes nothing', async () => {
    const [key = ''] = await keysUnder(small.store, 'index/');
    const [gone = ''] = await dataPacks(small.store);
    const damage = async (copy: MemoryStore) => {
      await truncate(copy, key, 50);
      await copy.delete(gone);
    };
    const store = await damaged(damage);
    const is = await fingerprint(store);
    const dry = await mendIndex(await reopen(store), { dryRun: true });
    expect(await fingerprint(store)).toBe(is);
    const wet = await mendIndex(await reopen(store));
    for (const name of ['packsIndexed', 'packsDropped', 'filesRemoved', 'chunksIndexed'] as const) {
      expect(dry.summary[name]).toBe(wet.summary[name]);
    }
  });

  test('names packs that cannot be read and leaves them', async () => {
    const [pack = ''] = await dataPacks(small.store);
    const store = await damaged(async (copy) => {
      await removeIndex(copy);
      await flip(copy, pack, -40);
    });
    const { summary, steps } = await mendIndex(await reopen(store));
    expect(summary).toMatchObject({ packsUnreadable: 1, remaining: 1 });
    expect(steps).toContainEqual(
      expect.objectContaining({ action: 'pack-unreadable', subject: pack }),
    );
    expect(await keysUnder(store, pack.slice(0, 8))).toEqual([pack]);
  });

  test('with --all keeps what old files say of packs that cannot be read', async () => {
    const [pack = ''] = await dataPacks(small.store);
    const store = await damaged((copy) => flip(copy, pack, -40));
    const { summary } = await mendIndex(await reopen(store), { all: true });
    expect(summary).toMatchObject({ packsUnreadable: 1 });
    expect(await errors(await reopen(store))).toEqual([]);
    expect(await keysUnder(store, 'index/')).toHaveLength(2);
  });

  test('does not name condemned packs again, unless the index was lost', async () => {
    const [pack = ''] = await dataPacks(small.store);
    const condemned = await damaged(async (copy) => {
      const vault = await reopen(copy);
      const packs = { data: [pack.slice(8)], meta: [] };
      await saveGcRecord(vault, { type: 'condemned', timeMs: 0, graceMs: 1000, packs });
      await removeIndex(copy);
    });
    const { summary } = await mendIndex(await reopen(condemned));
    expect(summary.packsUnreadable).toBe(0);
    expect(await contents(await reopen(condemned))).toEqual(before);
    const again = await mendIndex(await reopen(condemned));
    expect(again.summary).toMatchObject({ packsRead: 0, packsIndexed: 0 });
  });

  test('with --all keeps condemned packs that files name: they may be needed', async () => {
    const store = await damaged(async (copy) => {
      const packs = { data: (await dataPacks(copy)).map((key) => key.slice(8)), meta: [] };
      const record = { type: 'condemned', timeMs: 0, graceMs: 1000, packs } as const;
      await saveGcRecord(await reopen(copy), record);
    });
    await mendIndex(await reopen(store), { all: true });
    const vault = await reopen(store);
    expect(await errors(vault)).toEqual([]);
    expect(await contents(vault)).toEqual(before);
  });

  test('takes out packs that are gone, and a later backup heals snapshots', async () => {
    const [pack = ''] = await dataPacks(small.store);
    const store = await damaged((copy) => copy.delete(pack));
    const vault = await reopen(store);
    expect(await errors(vault)).not.toEqual([]);
    const { summary, steps } = await mendIndex(vault);
    expect(summary).toMatchObject({ packsDropped: 1 });
    expect(steps).toContainEqual(
      expect.objectContaining({ action: 'pack-dropped', subject: pack }),
    );
    expect((await errors(vault)).join()).toContain('chunk-missing index');
    await backUp(await reopen(store), [small.files]);
    const healed = await reopen(store);
    const found = await errors(healed);
    // The first snapshot alone had `old.bin`, which is no longer there to be saved.
    expect(found.filter((one) => one.startsWith('snapshot-damaged'))).toEqual([
      `snapshot-damaged snapshot ${small.ids[0]}`,
    ]);
    const now = await contents(healed);
    const lost = [...before.keys()].filter((path) => now.get(path) !== before.get(path));
    expect(lost).toEqual([expect.stringMatching(/\/sub\/old\.bin$/)]);
  });

  test('stays away from packs of which a stranger’s index file speaks', async () => {
    const store = await damaged((copy) => overwrite(copy, 'index/.DS_Store', Buffer.from('x')));
    expect((await mendIndex(await reopen(store))).summary.filesDamaged).toBe(0);
    expect(await keysUnder(store, 'index/')).toContain('index/.DS_Store');
  });
});
