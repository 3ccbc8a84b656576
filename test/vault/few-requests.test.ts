/** How often the store is asked: each request is a journey, and is paid for. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { catFile } from '../../src/jobs/cat.ts';
import { loadReadableIndex } from '../../src/jobs/inspect/open-snapshot.ts';
import { resolveSnapshot, resolveSnapshotAnd } from '../../src/jobs/snapshots.ts';
import { toPathKey } from '../../src/files/path.ts';
import { CacheFolder } from '../../src/store/cache/cache-folder.ts';
import { CachingStore } from '../../src/store/cache/caching-store.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import type { CondemnedPacks } from '../../src/vault/index/load-index.ts';
import type { ObjectStore } from '../../src/store/port.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import { INDEX_PREFIX, SNAPSHOT_PREFIX } from '../../src/vault/pack-key.ts';
import type { SavedSnapshot } from '../../src/vault/snapshots.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { CountingStore } from '../store/counting-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import {
  WORDS,
  backUp,
  collect,
  flip,
  newVault,
  random,
  tickingClock,
} from '../support/test-vault.ts';
import { saveSnapshot } from '../support/save-snapshot.ts';

const HOUR = 3_600_000;
const folder = temporaryFolder();
const filler = Buffer.alloc(3000, 'abc');
const path = toPathKey(Buffer.from(join(folder, 'src', 'd5', 'f5')));
const behind = new MemoryStore({ clock: tickingClock() });
const clock = tickingClock();

function openForReading(store: ObjectStore, more: object = {}): Promise<Vault> {
  const listAhead = [SNAPSHOT_PREFIX, INDEX_PREFIX];
  return openVault(store, { mnemonic: WORDS, random, clock, forReading: true, listAhead, ...more });
}

async function readOne(vault: Vault): Promise<Buffer> {
  const load = (condemned: CondemnedPacks) => loadReadableIndex(vault, undefined, condemned);
  const [snapshot, index] = await resolveSnapshotAnd(vault, 'latest', load);
  return Buffer.concat(await collect(catFile(vault, snapshot, path, { index })));
}

beforeAll(async () => {
  for (let d = 0; d < 10; d++) {
    await mkdir(join(folder, 'src', `d${d}`), { recursive: true });
    for (let f = 0; f < 300; f++) {
      await writeFile(
        join(folder, 'src', `d${d}`, `f${f}`),
        Buffer.concat([Buffer.from(`${d}-${f}`), filler]),
      );
    }
  }
  await backUp(await newVault(behind), [join(folder, 'src')]);
});

test('one file takes a handful of requests, and none that only writers need', async () => {
  const store = new CountingStore(behind);
  const content = await readOne(await openForReading(store));
  expect(content.toString('latin1')).toBe(`5-5${filler.toString('latin1')}`);
  const asked = (start: string) => store.asked.filter((one) => one.startsWith(start));
  const lists = ['list gc/', 'list index/', 'list keys/', 'list snapshots/'];
  expect(asked('list').sort()).toEqual(lists);
  expect(asked('get meta/').length).toBeLessThanOrEqual(2);
  expect(asked('get data/').length).toBeLessThanOrEqual(2);
  expect(store.asked.filter((one) => one.includes('config/'))).toEqual([]);
  expect(store.asked.length).toBeLessThanOrEqual(12);
  // An index listed before the snapshots might lack what the newest of them needs.
  expect(store.asked.indexOf('list index/')).toBeGreaterThan(
    store.asked.indexOf('list snapshots/'),
  );
});

test('opening asks for slots, settings and snapshots before any answer has come', async () => {
  const store = new CountingStore(behind);
  let open: () => void = () => undefined;
  store.gate = new Promise<void>((resolve) => (open = resolve));
  const opening = openVault(store, {
    mnemonic: WORDS,
    random,
    clock,
    listAhead: [SNAPSHOT_PREFIX],
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  const begun = store.asked.map((one) => one.replace(/[0-9a-f]{32}/, 'id')).sort();
  open();
  await opening;
  const lists = ['list config/', 'list keys/', 'list snapshots/'];
  const gets = ['get config/id', 'get keys/id.json', 'get keys/id.json', 'get vault.json'];
  expect(begun).toEqual([...gets, ...lists]);
});

test('a listing made ahead is used once: whoever asks later sees what came since', async () => {
  const vault = await openForReading(behind);
  const before = await resolveSnapshot(vault, 'latest');
  const again = await saveSnapshot(vault, {
    ...before.snapshot,
    timeMs: before.snapshot.timeMs + 1,
  });
  expect((await resolveSnapshot(vault, 'latest')).id).toBe(again.id);
});

describe('the latest of a hundred snapshots', () => {
  let nowMs = 0;
  const many = new MemoryStore({ clock: () => nowMs });
  const saved: SavedSnapshot[] = [];

  beforeAll(async () => {
    const vault = await newVault(many);
    for (let day = 0; day < 100; day++) {
      nowMs = day * 24 * HOUR;
      saved.push(
        await saveSnapshot(vault, {
          timeMs: nowMs,
          host: day === 20 ? 'seldom' : 'often',
          user: 'u',
          roots: [path],
          tags: [],
          manifest: { id: new Uint8Array(32), level: 0, entries: 0 },
          totals: { files: 0, directories: 0, others: 0, bytes: 0 },
          chain: { sequence: day },
          program: 'test',
          complete: true,
        }),
      );
    }
  });

  test.each([
    ['latest', 99, 8],
    ['latest~3', 96, 8],
    ['latest~30', 69, 56],
    ['latest:host=seldom', 20, 100],
  ])('%s is found by looking at few', async (selector, day, most) => {
    const store = new CountingStore(many);
    const vault = await openForReading(store);
    store.take();
    expect((await resolveSnapshot(vault, selector)).id).toBe(saved[day]?.id);
    expect(store.take('get snapshots/')).toBeLessThanOrEqual(most);
  });

  test('goes by their own times, also where all were copied in another order', async () => {
    const copy = new MemoryStore({ clock: () => nowMs });
    nowMs = 200 * 24 * HOUR;
    const keys = (await collect(many.list('')))
      .map(({ key }) => key)
      .sort()
      .reverse();
    for (const key of keys) await copy.put(key, (await many.get(key)) as never);
    expect((await resolveSnapshot(await openForReading(copy), 'latest')).id).toBe(saved[99]?.id);
  });

  test('is looked for among all where the store tells no times', async () => {
    const timeless = new MemoryStore();
    for await (const { key } of many.list(''))
      await timeless.put(key, (await many.get(key)) as never);
    const vault = await openForReading(timeless);
    expect((await resolveSnapshot(vault, 'latest')).id).toBe(saved[99]?.id);
  });

  test('is refused where it is damaged, and an older one in its place is not given', async () => {
    const copy = new MemoryStore({ clock: () => nowMs });
    for await (const { key, modifiedMs = 0 } of many.list('')) {
      nowMs = modifiedMs;
      await copy.put(key, (await many.get(key)) as never);
    }
    await flip(copy, `snapshots/${saved[99]?.id}`, -1);
    const failing = resolveSnapshot(await openForReading(copy), 'latest');
    await expect(failing).rejects.toMatchObject({ code: 'object/segment' });
  });
});

describe('copies of metadata on this machine', () => {
  async function openCached(cache: string): Promise<{ vault: Vault; store: CountingStore }> {
    const store = new CountingStore(behind);
    const caching = new CachingStore(store);
    const vault = await openForReading(caching);
    await caching.use(new CacheFolder(cache, 1e9, () => Date.now()));
    return { vault, store };
  }

  test('spare a second run all but listings, slot, vault.json and data', async () => {
    const cache = join(folder, 'cache-1');
    for (const run of [0, 1]) {
      const { vault, store } = await openCached(cache);
      const content = await readOne(vault);
      expect(content.subarray(0, 3).toString()).toBe('5-5');
      const metadata = store.asked.filter((one) => /^get (index|snapshots|meta)/.test(one));
      expect(metadata.length > 0).toBe(run === 0);
      await vault[Symbol.asyncDispose]();
    }
  });

  test('that are damaged or of another object do no harm, and are replaced', async () => {
    const cache = join(folder, 'cache-2');
    await readOne((await openCached(cache)).vault);
    for (const room of ['index', 'snapshots', 'meta']) {
      for (const name of await readdir(join(cache, room))) {
        await writeFile(join(cache, room, name), Buffer.alloc(5000, name));
      }
    }
    const { vault, store } = await openCached(cache);
    expect((await readOne(vault)).subarray(0, 3).toString()).toBe('5-5');
    expect(
      store.asked.filter((one) => /^get (index|snapshots|meta)/.test(one)).length,
    ).toBeGreaterThan(2);
    const again = await openCached(cache);
    expect((await readOne(again.vault)).subarray(0, 3).toString()).toBe('5-5');
    expect(again.store.asked.filter((one) => /^get (index|snapshots|meta)/.test(one))).toEqual([]);
  });
});
