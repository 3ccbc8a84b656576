import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { CacheFolder } from '../../src/store/cache/cache-folder.ts';
import { CachingStore } from '../../src/store/cache/caching-store.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { describeObjectStore, failureOf, listed, storable } from './contract.ts';
import { CountingStore } from './counting-store.ts';

const MAX = 1024 * 1024;
const now = () => Date.now();
const id = (n: number) => createHash('md5').update(String(n)).digest('hex');
const metaKey = (n: number) => `meta/${id(n).slice(0, 2)}/${id(n)}`;

describeObjectStore('a store of which copies are kept', async () => {
  const all = (key: string) => ({
    room: 'all',
    id: createHash('md5').update(key).digest('hex'),
  });
  const store = new CachingStore(new MemoryStore(), all);
  await store.use(new CacheFolder(join(temporaryFolder(), 'cache'), 1024 * MAX, now));
  return store;
});

describe('copies', () => {
  let behind: MemoryStore;
  let counted: CountingStore;
  let path: string;
  const open = async (bytesMax = MAX): Promise<CachingStore> => {
    const store = new CachingStore(counted);
    await store.use(new CacheFolder(path, bytesMax, now));
    return store;
  };
  const kept = async (room: string) =>
    (await readdir(join(path, room)).catch((): string[] => [])).toSorted((a, b) =>
      a < b ? -1 : 1,
    );

  beforeEach(async () => {
    behind = new MemoryStore();
    counted = new CountingStore(behind);
    path = join(temporaryFolder(), 'made', 'when', 'needed');
  });

  it('serve every later run, and are for this user alone', async () => {
    await behind.put(`index/${id(1)}`, storable('index'));
    await behind.put(`snapshots/${id(2)}`, storable('snapshot'));
    for (let run = 0; run < 3; run++) {
      const store = await open();
      expect(Buffer.from(await store.get(`index/${id(1)}`)).toString()).toBe('index');
      expect(Buffer.from(await store.get(`snapshots/${id(2)}`)).toString()).toBe('snapshot');
      await store.close();
      expect(counted.take('get')).toBe(run === 0 ? 2 : 0);
    }
    expect((await stat(path)).mode & 0o777).toBe(0o700);
    expect((await stat(join(path, 'index', id(1)))).mode & 0o777).toBe(0o600);
  });

  it('are kept of nothing else: data, slots and settings are asked for each time', async () => {
    const keys = [`data/${id(1).slice(0, 2)}/${id(1)}`, `keys/${id(1)}.json`, `config/${id(1)}`];
    const store = await open();
    for (const key of [...keys, 'vault.json']) {
      await store.put(key, storable('x'));
      await store.get(key);
      await store.get(key);
    }
    expect(counted.take('get')).toBe(8);
    await expect(readdir(path)).rejects.toThrow('ENOENT');
  });

  it('are made of what is written, so that the next run need not fetch it', async () => {
    const store = await open();
    await store.put(metaKey(1), storable('0123456789'), { tier: 'metadata' });
    const part = await store.get(metaKey(1), { range: { offset: 2, length: 3 } });
    expect(Buffer.from(part).toString()).toBe('234');
    expect(counted.take('get')).toBe(0);
  });

  it('of parts are whole objects from the third part on', async () => {
    const bytes = randomBytes(100_000);
    await behind.put(metaKey(1), storable(bytes));
    const store = await open();
    const read = async (offset: number, length: number) => {
      const got = await store.get(metaKey(1), { range: { offset, length } });
      expect(Buffer.compare(got, bytes.subarray(offset, offset + length))).toBe(0);
    };
    await read(0, 96);
    await read(96, 10_000);
    await read(20_000, 10_000);
    await read(20_000, 10_000);
    expect(counted.take('get')).toBe(3);
    await Promise.all([read(40_000, 10_000), read(60_000, 10_000), read(80_000, 20_000)]);
    expect(counted.asked).toEqual([`get ${metaKey(1)}`]);
    expect(await kept('meta')).toContain(id(1));
    // Beyond its end the store itself answers.
    const beyond = store.get(metaKey(1), { range: { offset: 99_000, length: 10_000 } });
    expect(await failureOf(beyond)).toMatchObject({ code: 'object/truncated' });
  });

  it('go when the store no longer lists their objects, and only then', async () => {
    for (const n of [1, 2, 3]) await behind.put(`index/${id(n)}`, storable(`index ${n}`));
    await behind.put(metaKey(1), storable('meta'));
    const store = await open();
    for (const n of [1, 2, 3]) await store.get(`index/${id(n)}`);
    await store.get(metaKey(1));
    await behind.delete(`index/${id(2)}`);
    for await (const _ of store.list('index/')) break;
    expect(await kept('index')).toHaveLength(3);
    await listed(store.list('index/'));
    expect(await kept('index')).toEqual([id(1), id(3)].sort());
    expect(await kept('meta')).toEqual([id(1)]);
    // Also where the listing came before anybody knew where the copies are.
    await behind.delete(`index/${id(3)}`);
    const early = new CachingStore(counted);
    await listed(early.list('index/'));
    await early.use(new CacheFolder(path, MAX, now));
    expect(await kept('index')).toEqual([id(1)]);
    await store.delete(`index/${id(1)}`);
    expect(await kept('index')).toEqual([]);
    expect(await failureOf(store.get(`index/${id(1)}`))).toMatchObject({ code: 'store/not-found' });
  });

  it('that cannot be right are thrown away, and the store is asked', async () => {
    await behind.put(metaKey(1), storable('right'));
    const store = await open();
    await store.get(metaKey(1));
    await store.get(metaKey(1), { range: { offset: 0, length: 2 } });
    await writeFile(join(path, 'meta', id(1)), 'wrong');
    expect(Buffer.from(await store.get(metaKey(1))).toString()).toBe('wrong');
    expect(await store.distrust(metaKey(1))).toBe(true);
    expect(Buffer.from(await store.get(metaKey(1))).toString()).toBe('right');
    await store.distrust(metaKey(1));
    expect(await store.distrust(metaKey(1))).toBe(false);
    expect(await store.distrust('vault.json')).toBe(false);
  });

  it('that are links, folders or cut short count for nothing', async () => {
    await behind.put(metaKey(1), storable('0123456789'));
    await mkdir(join(path, 'meta', id(1)), { recursive: true });
    const store = await open();
    const range = { offset: 0, length: 5 };
    expect(Buffer.from(await store.get(metaKey(1), { range })).toString()).toBe('01234');
    await writeFile(join(path, 'meta', `${id(1)}-0-5`), 'cut');
    expect(Buffer.from(await store.get(metaKey(1), { range })).toString()).toBe('01234');
  });

  it('can be taken away at any moment', async () => {
    await behind.put(`index/${id(1)}`, storable('index'));
    const store = await open();
    for (let n = 0; n < 3; n++) {
      await rm(path, { recursive: true, force: true });
      expect(Buffer.from(await store.get(`index/${id(1)}`)).toString()).toBe('index');
    }
    await store.close();
  });

  it('are not needed where nothing can be written', async () => {
    await behind.put(`index/${id(1)}`, storable('index'));
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, 'a file is in the way');
    const store = await open();
    for (let n = 0; n < 2; n++) await store.get(`index/${id(1)}`);
    expect(counted.take('get')).toBe(2);
    expect(await readFile(path, 'utf8')).toBe('a file is in the way');
    await store.close();
  });

  it('used longest ago go first when there are too many', async () => {
    const store = await open(10_000);
    for (const n of [1, 2, 3, 4]) await store.put(`index/${id(n)}`, storable(randomBytes(2000)));
    const old = Date.now() / 1000 - 10 * 86_400;
    for (const n of [1, 2, 3]) await utimes(join(path, 'index', id(n)), old + n, old + n);
    await store.get(`index/${id(1)}`);
    await store.put(`index/${id(5)}`, storable(randomBytes(4000)));
    await store.close();
    expect(await kept('index')).toEqual([id(1), id(4), id(5)].sort());
  });

  it('are whole however many processes make them at once', async () => {
    const bodies = Array.from({ length: 8 }, () => randomBytes(50_000));
    for (const [n, body] of bodies.entries()) await behind.put(metaKey(n), storable(body));
    const run = async () => {
      const store = await open(200_000);
      for (const [n, body] of bodies.entries()) {
        expect(Buffer.compare(await store.get(metaKey(n)), body)).toBe(0);
        if (n % 3 === 0) await store.distrust(metaKey(n));
      }
      await store.close();
    };
    await Promise.all(Array.from({ length: 6 }, run));
    for (const name of await kept('meta')) {
      const n = bodies.findIndex((_, i) => id(i) === name);
      expect(
        Buffer.compare(await readFile(join(path, 'meta', name)), bodies[n] ?? Buffer.of()),
      ).toBe(0);
    }
  });
});
