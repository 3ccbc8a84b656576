import { beforeAll, describe, expect, test } from 'vitest';
import type { CheckOptions } from '../../src/jobs/check.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { saveGcRecord } from '../../src/vault/gc/gc-state.ts';
import { IndexWriter } from '../../src/vault/index/index-writer.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import {
  flip,
  keysUnder,
  newVault,
  overwrite,
  random,
  reopen,
  swap,
  truncate,
} from '../support/test-vault.ts';
import type { SampleIds } from './check/fixture.ts';
import { checkCopy, dataPacksOf, makeSample, reasons, runCheck } from './check/fixture.ts';

const folder = temporaryFolder();
const original = new MemoryStore();
let ids: SampleIds;

beforeAll(async () => {
  ids = await makeSample(original, folder);
});

const checkAfter = (damage: (store: MemoryStore) => Promise<void>, options: CheckOptions = {}) =>
  checkCopy(original, damage, options);

const dataPacks = (): Promise<[string, string]> => dataPacksOf(original);

const oneBin = (id: string): string => `${id.slice(0, 8)}:${folder}/files/one.bin`;

describe('a vault without damage', () => {
  test('has no findings, and the summary counts what there is', async () => {
    const { summary, findings } = await checkAfter(async () => undefined);
    expect(findings).toEqual([]);
    const packs = (await keysUnder(original, 'data/')).length;
    const metaPacks = (await keysUnder(original, 'meta/')).length;
    expect(summary).toMatchObject({ errors: 0, warnings: 0, snapshots: 2, packsRead: 0 });
    expect(summary.packs).toBe(packs + metaPacks);
    expect(summary.chunks).toBeGreaterThan(4);
  });

  test('is read whole when asked, with threads', async () => {
    const { summary, findings } = await checkAfter(async () => undefined, { readData: 'all' });
    expect(findings).toEqual([]);
    expect(summary.packsRead).toBe(summary.packs);
    expect(summary.bytesRead).toBeGreaterThan(500_000);
  });

  test('of one that holds nothing yet is sound too', async () => {
    const checked = await runCheck(await newVault(), { readData: 'all' });
    expect(checked.summary).toMatchObject({ errors: 0, warnings: 0, snapshots: 0, packs: 0 });
  });

  test.each([1, 3])('falls into %i parts that together are all packs', async (of) => {
    let read = 0;
    for (let part = 1; part <= of; part++) {
      const { summary } = await checkAfter(async () => undefined, { readData: { part, of } });
      read += summary.packsRead;
      if (part === of) expect(read).toBe(summary.packs);
    }
  });

  test('is read in part by share and by size', async () => {
    const none = async () => undefined;
    const half = await checkAfter(none, { readData: { fraction: 0.5 } });
    expect(half.summary.packsRead).toBe(Math.ceil(half.summary.packs / 2));
    const bytes = await checkAfter(none, { readData: { bytes: 1 } });
    expect(bytes.summary.packsRead).toBe(1);
  });
});

describe('a data pack', () => {
  test('that is gone is named with the files of both snapshots that need it', async () => {
    const [key] = await dataPacks();
    const checked = await checkAfter((store) => store.delete(key));
    expect(reasons(checked)).toEqual([
      `pack-missing ${key}`,
      ...ids.map((id) => `snapshot-damaged snapshot ${id}`).sort(),
    ]);
    const missing = checked.findings.find(({ reason }) => reason === 'pack-missing');
    expect(missing?.severity).toBe('error');
    expect(missing?.affects).toEqual(expect.arrayContaining(ids.map(oneBin)));
    expect(checked.summary.errors).toBe(3);
  });

  test('that only the newer snapshot needs leaves the older one whole', async () => {
    const [, key] = await dataPacks();
    const checked = await checkAfter((store) => store.delete(key));
    expect(reasons(checked)).toEqual([
      `pack-missing ${key}`,
      `snapshot-damaged snapshot ${ids[1]}`,
    ]);
  });

  test('that was cut is noticed by its size alone', async () => {
    const [key] = await dataPacks();
    const checked = await checkAfter((store) => truncate(store, key, 100_000));
    expect(reasons(checked)).toContain(`pack-size ${key}`);
  });

  test('in which a bit flipped is noticed when it is read, with what is lost', async () => {
    const [key] = await dataPacks();
    const damage = (store: MemoryStore) => flip(store, key, 5000);
    expect((await checkAfter(damage)).findings).toEqual([]);
    const checked = await checkAfter(damage, { readData: 'all' });
    const found = checked.findings.find(({ subject }) => subject === key);
    expect(found).toMatchObject({ reason: 'chunk-damaged', severity: 'error' });
    expect(found?.affects).toEqual(expect.arrayContaining(ids.map(oneBin)));
    for (const id of ids) expect(reasons(checked)).toContain(`snapshot-damaged snapshot ${id}`);
    expect(checked.events).toContainEqual(expect.objectContaining({ type: 'notice' }));
  });

  test.each([
    ['header', 6],
    ['salt', 40],
    ['commitment', 70],
  ])('with another %s cannot be opened at all', async (_part, at) => {
    const [key] = await dataPacks();
    const checked = await checkAfter((store) => flip(store, key, at), { readData: 'all' });
    expect(reasons(checked)).toContain(`pack-damaged ${key}`);
    const found = checked.findings.find(({ reason }) => reason === 'pack-damaged');
    expect(found?.affects).toContain(oneBin(ids[0]));
  });

  test('that changed places with another is refused under its name', async () => {
    const [a, b] = await dataPacks();
    const checked = await checkAfter((store) => swap(store, a, b), { readData: 'all' });
    expect(reasons(checked)).toEqual(
      expect.arrayContaining([`pack-damaged ${a}`, `pack-damaged ${b}`, `pack-size ${a}`]),
    );
  });

  test('that was condemned and deleted is no damage, unless a snapshot needs it', async () => {
    const condemn = async (store: MemoryStore, id: string): Promise<void> => {
      const packs = { data: [id], meta: [] };
      const record = { type: 'condemned', timeMs: 0, graceMs: 0, packs } as const;
      await saveGcRecord(await reopen(store), record);
    };
    const unused = 'cd'.repeat(16);
    const unneeded = await checkAfter(async (store) => {
      const vault = await reopen(store);
      await condemn(store, unused);
      const writer = new IndexWriter(vault);
      const directory = new Uint8Array(0);
      writer.add({ id: unused, room: 'data', sealedBytes: 1000, directory });
      await writer.flush();
    });
    expect(unneeded.findings).toEqual([]);
    const [key] = await dataPacks();
    const needed = await checkAfter(async (store) => {
      await condemn(store, key.slice(8));
      await store.delete(key);
    });
    expect(reasons(needed)).toContain(`pack-missing ${key}`);
    const found = needed.findings.find(({ reason }) => reason === 'pack-missing');
    expect(found?.affects).toEqual(expect.arrayContaining(ids.map(oneBin)));
  });

  test('that is condemned and that no index names is not worth a word', async () => {
    const id = 'ab'.repeat(16);
    const checked = await checkAfter(async (store) => {
      const packs = { data: [id], meta: [] };
      const record = { type: 'condemned', timeMs: 0, graceMs: 0, packs } as const;
      await saveGcRecord(await reopen(store), record);
      await overwrite(store, `data/ab/${id}`, random(50));
    });
    expect(checked.findings).toEqual([]);
  });

  test('that no index names is a warning only', async () => {
    const id = 'ab'.repeat(16);
    const checked = await checkAfter((store) => overwrite(store, `data/ab/${id}`, random(50)));
    expect(reasons(checked)).toEqual([`pack-unindexed data/ab/${id}`]);
    expect(checked.summary).toMatchObject({ errors: 0, warnings: 1 });
  });
});

describe('metadata', () => {
  test('in which a bit flipped is noticed without reading data', async () => {
    for (const key of await keysUnder(original, 'meta/')) {
      const checked = await checkAfter((store) => flip(store, key, 500));
      expect(reasons(checked)).toContain(`chunk-damaged ${key}`);
      const found = checked.findings.find(({ subject }) => subject === key);
      expect(found?.affects?.join()).toMatch(/ and what follows it$/);
    }
  });

  test('that is gone makes its snapshots damaged, and only those', async () => {
    const counts = [];
    for (const key of await keysUnder(original, 'meta/')) {
      const checked = await checkAfter((store) => store.delete(key));
      expect(reasons(checked)).toContain(`pack-missing ${key}`);
      counts.push(checked.summary.errors);
    }
    expect(counts.every((errors) => errors >= 2)).toBe(true);
  });
});

describe('the index', () => {
  test('that cannot be read is named, and so is what it alone knew', async () => {
    const keys = await keysUnder(original, 'index/');
    for (const key of keys) {
      const checked = await checkAfter((store) => flip(store, key, 200));
      expect(reasons(checked)).toContain(`object-damaged ${key}`);
      expect(reasons(checked)).toContain('chunk-missing index');
      expect(checked.findings.some(({ reason }) => reason === 'pack-unindexed')).toBe(true);
    }
  });

  test('that is gone leaves packs that nobody names', async () => {
    const keys = await keysUnder(original, 'index/');
    const checked = await checkAfter(async (store) => {
      for (const key of keys) await store.delete(key);
    });
    expect(reasons(checked)).toContain('chunk-missing index');
    expect(checked.summary.packs).toBe(0);
    expect(checked.summary.warnings).toBeGreaterThanOrEqual(2);
  });

  test('files that changed places are both refused', async () => {
    const [a = '', b = ''] = await keysUnder(original, 'index/');
    const checked = await checkAfter((store) => swap(store, a, b));
    expect(reasons(checked)).toContain(`object-damaged ${a}`);
    expect(reasons(checked)).toContain(`object-damaged ${b}`);
  });
});
