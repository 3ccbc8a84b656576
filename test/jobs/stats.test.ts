import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { stats } from '../../src/jobs/stats/stats.ts';
import type { StatsOptions } from '../../src/jobs/stats/stats.ts';
import type { StatsSummary } from '../../src/jobs/stats/events.ts';
import { listSnapshots } from '../../src/jobs/snapshots.ts';
import { DirectoryStore } from '../../src/store/directory.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import type { VaultIndex } from '../../src/vault/index/load-index.ts';
import { loadIndex } from '../../src/vault/index/load-index.ts';
import type { SavedSnapshot } from '../../src/vault/snapshots.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import {
  backUp,
  collect,
  copyOf,
  keysUnder,
  newVault,
  random,
  reopen,
} from '../support/test-vault.ts';
import { chunksOf, minus, sumOf, union } from './chunks-of.ts';
import { ChangingTree } from './random-trees.ts';

const folder = temporaryFolder();
const store = new DirectoryStore(join(folder, 'vault'));
let vault: Vault;
let snapshots: SavedSnapshot[];
let index: VaultIndex;
/** What each snapshot needs, in the same order. */
let needs: Set<string>[];

beforeAll(async () => {
  vault = await newVault(store);
  const changing = new ChangingTree(join(folder, 'tree'), 77);
  for (const [changes, host] of [
    [60, 'one'],
    [10, 'two'],
    [0, 'one'],
    [30, 'one'],
  ] as const) {
    changing.step(changes);
    await backUp(vault, [changing.root], { host });
  }
  snapshots = await listSnapshots(vault);
  index = await loadIndex(vault);
  needs = await Promise.all(snapshots.map((saved) => chunksOf(vault, index, saved)));
});

async function measure(options: StatsOptions, where = vault): Promise<StatsSummary> {
  const last = (await collect(stats(where, options))).at(-1);
  if (last?.type !== 'summary') throw new Error('measuring ends with its summary');
  return last;
}

describe('measuring', () => {
  test('gives what reading everything gives, for all snapshots and for some', async () => {
    for (const some of [[0, 1, 2, 3], [0], [1, 3], [2, 3], []]) {
      const chosen = some.map((i) => snapshots[i] as SavedSnapshot);
      const summary = await measure({ snapshots: chosen, areAll: false });
      expect(summary.needed).toEqual(sumOf(index, union(some.map((i) => needs[i] ?? new Set()))));
      const totals = chosen.map(({ snapshot }) => snapshot.totals);
      expect(summary.restore).toEqual({
        files: totals.reduce((sum, { files }) => sum + files, 0),
        directories: totals.reduce((sum, { directories }) => sum + directories, 0),
        others: totals.reduce((sum, { others }) => sum + others, 0),
        bytes: totals.reduce((sum, { bytes }) => sum + bytes, 0),
      });
      expect(summary).toMatchObject({ snapshots: some.length, lost: 0 });
      expect(summary).not.toHaveProperty('growth');
      expect(summary).not.toHaveProperty('vault');
    }
  });

  test('tells what each snapshot added, and what it has for itself', async () => {
    for (const some of [[0, 1, 2, 3], [1, 3], [2]]) {
      const chosen = some.map((i) => snapshots[i] as SavedSnapshot);
      const chosenNeeds = some.map((i) => needs[i] ?? new Set<string>());
      const { growth, needed } = await measure({ snapshots: chosen, areAll: false, growth: true });
      expect(growth).toEqual(
        chosen.map(({ id, snapshot }, i) => ({
          id,
          timeMs: snapshot.timeMs,
          host: snapshot.host,
          files: snapshot.totals.files,
          bytes: snapshot.totals.bytes,
          added: sumOf(index, minus(chosenNeeds[i] ?? new Set(), union(chosenNeeds.slice(0, i)))),
          own: sumOf(index, minus(chosenNeeds[i] ?? new Set(), union(chosenNeeds.toSpliced(i, 1)))),
        })),
      );
      expect(needed).toEqual(sumOf(index, union(chosenNeeds)));
    }
  });

  test('of all counts the objects in the store, and what nobody needs', async () => {
    const { vault: use } = await measure({ snapshots, areAll: true });
    const sizes = new Map<string, number>();
    for await (const { key, sizeBytes } of store.list('')) sizes.set(key, sizeBytes);
    const rooms = ['data', 'meta', 'index', 'snapshots', 'config', 'keys'];
    for (const room of rooms) {
      const keys = [...sizes.keys()].filter((key) => key.startsWith(`${room}/`));
      const bytes = keys.reduce((sum, key) => sum + (sizes.get(key) ?? 0), 0);
      if (keys.length > 0) expect(use?.objects[room]).toEqual({ objects: keys.length, bytes });
    }
    const packs = [...sizes].filter(([key]) => /^(data|meta)\//.test(key));
    expect(use?.packs).toEqual({
      objects: packs.length,
      bytes: packs.reduce((sum, [, bytes]) => sum + bytes, 0),
    });
    expect(use?.total).toEqual({
      objects: sizes.size,
      bytes: [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0),
    });
    const nothing = { chunks: 0, rawBytes: 0, storedBytes: 0 };
    expect(use).toMatchObject({
      unused: { data: nothing, metadata: nothing },
      unusedPacks: { objects: 0, bytes: 0 },
      unindexedPacks: { objects: 0, bytes: 0 },
    });
    const stored = sumOf(index, union(needs));
    const chunkBytes = stored.data.storedBytes + stored.metadata.storedBytes;
    expect(use?.overheadBytes).toBe((use?.packs.bytes ?? 0) - chunkBytes);
  });

  test('finds unused what only a snapshot that is gone needed', async () => {
    const copy = await copyOf(store);
    const [, , , last] = snapshots;
    await copy.delete(`snapshots/${last?.id}`);
    await copy.put('data/aa/strange', random(10) as never);
    await copy.put(`data/aa/aa${'0'.repeat(30)}`, random(77) as never);
    const left = snapshots.slice(0, 3);
    const { vault: use } = await measure({ snapshots: left, areAll: true }, await reopen(copy));
    const unused = minus(needs[3] ?? new Set(), union(needs.slice(0, 3)));
    expect(unused.size).toBeGreaterThan(0);
    expect(use?.unused).toEqual(sumOf(index, unused));
    // What the last backup wrote lies in packs of its own.
    expect(use?.unusedPacks.objects).toBeGreaterThan(0);
    expect(use?.unindexedPacks).toEqual({ objects: 1, bytes: 77 });
    expect(use?.objects['other']).toEqual({ objects: 1, bytes: 10 });
  });

  test('of a vault without snapshots is all zeros', async () => {
    const own = await newVault(new MemoryStore());
    const summary = await measure({ snapshots: [], areAll: true, growth: true }, own);
    expect(summary).toMatchObject({ snapshots: 0, growth: [], lost: 0 });
    expect(summary.vault?.packs).toEqual({ objects: 0, bytes: 0 });
    expect(summary.vault?.total.objects).toBeGreaterThan(0);
  });

  test('says that parts are lost, and measures the rest', async () => {
    const copy = await copyOf(store);
    const [pack = ''] = await keysUnder(copy, 'meta/');
    await copy.delete(pack);
    const options = { snapshots, areAll: true, growth: true };
    const events = await collect(stats(await reopen(copy), options));
    const last = events.at(-1);
    expect(last).toMatchObject({ type: 'summary', lost: expect.any(Number) });
    expect(last?.type === 'summary' && last.lost).toBeGreaterThan(0);
    expect(events.filter(({ type }) => type === 'notice').length).toBeGreaterThan(0);
  });

  test('stops when it is told to', async () => {
    const stop = new AbortController();
    stop.abort(new Error('enough'));
    const events = stats(vault, { snapshots, areAll: true, signal: stop.signal });
    await expect(collect(events)).rejects.toThrow();
  });
});
