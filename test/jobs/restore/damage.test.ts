/** What is lost when stored data is lost: the files that need it, and nothing else. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../../src/base/failure.ts';
import { toPathKey } from '../../../src/files/path.ts';
import { EntryType } from '../../../src/format/entry.ts';
import { KiB, MiB } from '../../../src/base/units.ts';
import { DirectoryStore } from '../../../src/store/directory.ts';
import { MemoryStore } from '../../../src/store/memory.ts';
import type { GetOptions } from '../../../src/store/port.ts';
import type { SavedSnapshot } from '../../../src/vault/snapshots.ts';
import { ChunkLoader } from '../../../src/vault/chunk-loader.ts';
import { loadIndex } from '../../../src/vault/index/load-index.ts';
import { CountingStore } from '../../store/counting-store.ts';
import { compareTrees } from '../../support/compare-trees.ts';
import { copyOf, flip, keysUnder, newVault, reopen, truncate } from '../../support/test-vault.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { hardlink, random, tree } from '../../support/tree.ts';
import { Forger, forgedEntry, restoreAll, save } from './fixture.ts';

const folder = temporaryFolder();
const source = join(folder, 'source');
const path = toPathKey(Buffer.from(source));
const original = new MemoryStore();
let snapshot: SavedSnapshot;
let store: MemoryStore;
let count = 0;
let target: string;

beforeAll(async () => {
  tree(source, {
    'a-small': 'small one',
    'b-large': random(12_000_000, 3),
    'c-linked': random(400_000, 4),
    'd-linked': hardlink('c-linked'),
    'e-large': random(9_000_000, 6),
    'f-empty': '',
  });
  snapshot = await save(await newVault(original), [source]);
});

beforeEach(async () => {
  store = await copyOf(original);
  target = join(folder, `target ${count++}`);
});

async function dataPack(): Promise<string> {
  const [pack = ''] = await keysUnder(store, 'data/');
  return pack;
}

describe('a damaged pack', () => {
  test('loses the files that need the damaged segment, and says which', async () => {
    const pack = await dataPack();
    const size = (await store.get(pack)).length;
    await flip(store, pack, Math.floor(size / 3));
    const vault = await reopen(store);
    const { problems, summary } = await restoreAll(vault, { snapshot, target, path, threads: 2 });
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.length).toBeLessThan(5);
    expect(new Set(problems.map(({ reason }) => reason))).toEqual(new Set(['damaged']));
    expect(summary.filesFailed).toBe(problems.length);
    expect(summary.filesFailed + summary.filesRestored).toBe(6);
    const lost = problems.map((problem) => problem.path.slice(source.length + 1));
    const names = readdirSync(source).filter((name) => !lost.includes(name));
    expect(readdirSync(target).sort()).toEqual(names.sort());
    for (const name of names)
      expect(readFileSync(join(target, name)).equals(readFileSync(join(source, name)))).toBe(true);
  });

  test.each([
    ['its header', async () => flip(store, await dataPack(), 20)],
    ['its end', async () => truncate(store, await dataPack(), 1_500_000)],
    ['all of it', async () => store.delete(await dataPack())],
  ])('that lost %s leaves the empty files at least', async (_, damage) => {
    await damage();
    const vault = await reopen(store);
    const { problems, summary } = await restoreAll(vault, { snapshot, target, path });
    expect(problems.every(({ reason }) => reason === 'damaged')).toBe(true);
    expect(summary.filesFailed).toBe(problems.length);
    expect(summary.filesFailed).toBeGreaterThan(0);
    expect(existsSync(join(target, 'f-empty'))).toBe(true);
    expect(readdirSync(target).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('keeps the file that was there before', async () => {
    tree(target, { 'b-large': 'older', 'c-linked': 'older', 'd-linked': 'older' });
    for (const pack of await keysUnder(store, 'data/')) await store.delete(pack);
    await restoreAll(await reopen(store), { snapshot, target, path });
    for (const name of ['b-large', 'c-linked', 'd-linked'])
      expect(readFileSync(join(target, name), 'utf8')).toBe('older');
  });
});

describe('a store that fails', () => {
  test('stops the restore, which goes on later where it was', async () => {
    const vault = await reopen(new FailingStore(store));
    const broken = restoreAll(vault, { snapshot, target, path });
    await expect(broken).rejects.toMatchObject({ code: 'store/unavailable' });
    await restoreAll(await reopen(store), { snapshot, target, path });
    expect(compareTrees(source, target)).toEqual([]);
  });
});

describe('a list of files that is damaged', () => {
  test('is reported, and nothing is deleted because of it', async () => {
    const [meta = ''] = await keysUnder(store, 'meta/');
    await flip(store, meta, -2000);
    tree(target, { extra: 'x' });
    const options = { snapshot, target, path: undefined, delete: true };
    const { problems } = await restoreAll(await reopen(store), options);
    expect(problems).toMatchObject([{ severity: 'error', reason: 'damaged' }]);
    expect(existsSync(join(target, 'extra'))).toBe(true);
  });
});

describe('a restore in many windows', () => {
  test('comes out the same', async () => {
    const vault = await reopen(store);
    const options = { snapshot, target, path, windowBytes: 300_000, verify: true, threads: 2 };
    const { problems } = await restoreAll(vault, options);
    expect(problems).toEqual([]);
    expect(compareTrees(source, target)).toEqual([]);
  });

  test('puts a file together whose chunks are in lists and in several windows', async () => {
    const vault = await newVault();
    const forger = new Forger(vault);
    const chunks = Array.from({ length: 12 }, (_, i) => random(50_000 + i, i));
    const ids: Uint8Array[] = [];
    for (const chunk of chunks) ids.push(await forger.storeChunk('data', chunk));
    const lists: Uint8Array[] = [];
    for (const part of [ids.slice(0, 7), ids.slice(7)])
      lists.push(await forger.storeChunk('meta', Buffer.concat(part)));
    const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const content = Buffer.concat(lists);
    const more = { size, contentDepth: 1 as const, content };
    const long = forgedEntry('long', EntryType.file, more);
    const tooLong = forgedEntry('too long', EntryType.file, { ...more, size: size + 1 });
    const last = await forger.file('z', 'the last');
    const forged = await forger.snapshot([long, tooLong, last], []);
    const options = { snapshot: forged, target, windowBytes: 120_000, verify: true };
    const { problems, summary } = await restoreAll(vault, options);
    expect(problems).toMatchObject([{ path: '/too long', reason: 'damaged' }]);
    expect(summary).toMatchObject({ filesRestored: 2, filesFailed: 1 });
    expect(readFileSync(join(target, 'long')).equals(Buffer.concat(chunks))).toBe(true);
    expect(readdirSync(target)).toEqual(['long', 'z']);
    expect(summary.bytesVerified).toBeGreaterThanOrEqual(size);
  });

  test('a file that fails in one window is not finished in the next', async () => {
    const vault = await newVault();
    const forger = new Forger(vault);
    const chunks = [random(50_000, 1), random(60_000, 2), random(70_000, 3)];
    const ids: Uint8Array[] = [];
    for (const chunk of chunks) ids.push(await forger.storeChunk('data', chunk));
    const list = await forger.storeChunk('meta', Buffer.concat(ids));
    const more = { size: 180_000, contentDepth: 1 as const, content: list };
    const entry = forgedEntry('long', EntryType.file, more);
    const forged = await forger.snapshot([entry], []);
    for (const pack of await keysUnder(vault.store, 'data/')) {
      const bytes = (await vault.store.get(pack)).length;
      if (bytes < 60_000) await flip(vault.store, pack, 1000);
    }
    const options = { snapshot: forged, target, windowBytes: 10_000 };
    const { problems, summary } = await restoreAll(vault, options);
    expect(problems).toMatchObject([{ path: '/long', reason: 'damaged' }]);
    expect(summary).toMatchObject({ filesRestored: 0, filesFailed: 1 });
    expect(readdirSync(target)).toEqual([]);
  });
});

describe('chunks that are needed many times', () => {
  test('are fetched once', async () => {
    const vault = await newVault();
    const forger = new Forger(vault);
    const chunk = random(200_000, 9);
    const id = await forger.storeChunk('data', chunk);
    const content = Buffer.concat(Array.from({ length: 50 }, () => id));
    const many = forgedEntry('many', EntryType.file, { size: 50 * chunk.length, content });
    const again = forgedEntry('other', EntryType.file, { size: chunk.length, content: id });
    const forged = await forger.snapshot([many, again], []);
    const { summary } = await restoreAll(vault, { snapshot: forged, target });
    expect(summary.bytesRestored).toBe(51 * chunk.length);
    expect(summary.bytesFetched).toBeLessThan(2 * chunk.length);
    expect(statSync(join(target, 'many')).size).toBe(50 * chunk.length);
  });
});

describe('packs of which nearly all is needed', () => {
  test('are fetched with one request each, and no segment twice', async () => {
    const big = join(folder, 'big');
    const content = random(26_000_000, 12);
    tree(big, { one: content });
    const kept = new DirectoryStore(join(folder, 'big vault'));
    for (const inner of [new MemoryStore(), kept]) {
      const vault = await newVault(inner);
      const saved = await save(vault, [big]);
      const counting = new CountingStore(vault.store);
      const options = { snapshot: saved, target, overwrite: 'always' as const };
      const { summary } = await restoreAll({ ...vault, store: counting }, options);
      expect(readFileSync(join(target, big, 'one')).equals(content)).toBe(true);
      expect(summary.bytesFetched).toBeLessThan(content.length + 1_000_000);
      const packs = await keysUnder(inner, 'data/');
      expect(packs.length).toBeGreaterThan(1);
      expect(counting.take('get data/')).toBe(packs.length);
    }
  });

  test('give what is left of them when they were cut short', async () => {
    const many = join(folder, 'many');
    const files = Array.from({ length: 64 }, (_, n) => [`${n}`, random(400_000, n)] as const);
    tree(many, Object.fromEntries(files));
    const inner = new MemoryStore();
    const saved = await save(await newVault(inner), [many]);
    const [pack = ''] = await keysUnder(inner, 'data/');
    await truncate(inner, pack, 8_000_000);
    const options = { snapshot: saved, target };
    const { problems, summary } = await restoreAll(await reopen(inner), options);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.length).toBeLessThan(30);
    expect(problems.every(({ reason }) => reason === 'damaged')).toBe(true);
    expect(summary.filesFailed).toBe(problems.length);
    expect(summary.filesRestored).toBe(64 - problems.length);
    for (const name of readdirSync(join(target, many)))
      expect(readFileSync(join(target, many, name))).toEqual(readFileSync(join(many, name)));
  });
});

describe('a pack of segments that are not as long as usual', () => {
  test.each([256 * KiB, 5 * MiB])('comes back (%d bytes)', async (segmentBytes) => {
    const vault = await newVault();
    const forger = new Forger(vault);
    const chunk = random(3_000_000, 5);
    const id = await forger.storeChunk('data', chunk, segmentBytes);
    const entry = forgedEntry('one', EntryType.file, { size: chunk.length, content: id });
    const forged = await forger.snapshot([entry], []);
    const { problems } = await restoreAll(vault, { snapshot: forged, target });
    expect(problems).toEqual([]);
    expect(readFileSync(join(target, 'one')).equals(chunk)).toBe(true);
    const loader = new ChunkLoader(vault, await loadIndex(vault), { cacheBytes: MiB });
    expect(Buffer.compare(await loader.load(id), chunk)).toBe(0);
  });
});

/** Gives lists of files, but no content. */
class FailingStore extends MemoryStore {
  readonly #inner: MemoryStore;

  constructor(inner: MemoryStore) {
    super();
    this.#inner = inner;
  }

  override async get(name: string, options: GetOptions = {}): Promise<Uint8Array> {
    if (name.startsWith('data/') && options.range && options.range.length > 96)
      throw new AppError('store/unavailable', 'the network is down', { retry: 'soon' });
    return this.#inner.get(name, options);
  }

  override list(prefix: string) {
    return this.#inner.list(prefix);
  }

  override async head(name: string) {
    return this.#inner.head(name);
  }
}
