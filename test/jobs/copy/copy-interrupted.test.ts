import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '../../../src/base/failure.ts';
import { prune } from '../../../src/jobs/prune/prune.ts';
import { MemoryStore } from '../../../src/store/memory.ts';
import type { ObjectStore } from '../../../src/store/port.ts';
import { forgetSnapshots, tombstoneOf } from '../../../src/vault/gc/forget-snapshots.ts';
import { loadIndex } from '../../../src/vault/index/load-index.ts';
import { listSnapshots } from '../../../src/vault/snapshots.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { backUp, collect, keysUnder, newVault, random, reopen } from '../../support/test-vault.ts';
import { tree } from '../../support/tree.ts';
import { findingsOf } from '../snapshot-contents.ts';
import {
  HookedStore,
  clock,
  contentsOfAll,
  copyAll,
  otherVault,
  reopenOther,
} from './copy-vaults.ts';

const folder = temporaryFolder();
const files = join(folder, 'files');
let source: Vault;
let whole: Awaited<ReturnType<typeof contentsOfAll>>;

beforeAll(async () => {
  tree(files, { 'a.bin': random(300_000), 'b.bin': random(200_000), sub: { 'c.txt': 'small' } });
  source = await newVault(new MemoryStore({ clock }));
  await backUp(source, [files]);
  writeFileSync(join(files, 'd.bin'), random(250_000));
  rmSync(join(files, 'a.bin'));
  await backUp(source, [files]);
  whole = await contentsOfAll(source);
});

/** Forgets all snapshots and deletes at once whatever nothing needs. */
async function forgetAndPrune(vault: Vault, snapshots: Awaited<ReturnType<typeof listSnapshots>>) {
  await forgetSnapshots(
    vault,
    snapshots.map((saved) => tombstoneOf(saved)),
    { graceMs: 0 },
  );
  const { signal } = new AbortController();
  const options = { signal, program: 'test', graceMs: 0, maxUnused: { bytes: 0 } };
  await collect(prune(vault, options));
}

async function storedTwice(vault: Vault): Promise<number> {
  const { chunks } = await loadIndex(vault);
  const places = (await keysUnder(vault.store, 'index/')).length;
  expect(places).toBeGreaterThan(0);
  let rows = 0;
  for (const key of await keysUnder(vault.store, 'index/')) {
    const one = new MemoryStore({ clock });
    await one.put(key, (await vault.store.get(key)) as never);
    rows += (await loadIndex({ ...vault, store: one })).chunks.count;
  }
  return rows - chunks.count;
}

describe('an interrupted copy', () => {
  test('is finished by the next, wherever it stopped, and nothing is stored twice', async () => {
    for (let puts = 0, isDone = false; !isDone; puts++) {
      const target = await otherVault();
      const failing = new HookedStore(target.store);
      let left = puts;
      failing.before = async (what) => {
        if (what === 'put' && left-- <= 0) throw new AppError('store/full', 'no more');
      };
      const first = copyAll(source, await reopenOther(failing));
      isDone = await first.then(
        () => true,
        (error: AppError) => (expect(error.code).toBe('store/full'), false),
      );
      const { summary } = await copyAll(source, await reopenOther(target.store));
      expect(summary.copied + summary.alreadyThere).toBe(2);
      expect(await contentsOfAll(target)).toEqual(whole);
      expect(await storedTwice(target)).toBe(0);
      expect(puts).toBeLessThan(30);
    }
  });

  test('keeps the snapshots that were copied', async () => {
    const target = await otherVault();
    const stop = new AbortController();
    const hooked = new HookedStore(target.store);
    const why = new AppError('interrupted', 'it was interrupted');
    hooked.before = async (_what, key) => {
      if (key.startsWith('snapshots/')) stop.abort(why);
    };
    const copying = copyAll(source, await reopenOther(hooked), { signal: stop.signal });
    await expect(copying).rejects.toMatchObject({ code: 'interrupted' });
    const { summary } = await copyAll(source, await reopenOther(target.store));
    expect(summary.alreadyThere + summary.copied).toBe(2);
    expect(await contentsOfAll(target)).toEqual(whole);
  });
});

describe('a prune beside a copy', () => {
  test('that deletes what the copy relied on: it is stored again', async () => {
    const target = await otherVault();
    await backUp(target, [files], { host: 'there' });
    const garbage = await listSnapshots(target);
    const hooked = new HookedStore(target.store);
    let isPruned = false;
    hooked.before = async (what, key) => {
      if (what !== 'put' || !key.startsWith('meta/') || isPruned) return;
      isPruned = true;
      await forgetAndPrune(await reopenOther(target.store), garbage);
    };
    const { summary, events } = await copyAll(source, await reopenOther(hooked));
    expect(isPruned).toBe(true);
    expect(summary).toMatchObject({ copied: 2, failed: 0 });
    expect(events.find(({ type }) => type === 'notice')).toBeDefined();
    const copied = (await contentsOfAll(target)).filter(({ about }) => about.host !== 'there');
    expect(copied).toEqual(whole);
    expect(await findingsOf(target)).toEqual([]);
  });

  test('that moves chunks which are to be read: they are found in their new place', async () => {
    const original = await copyOfStore(source.store);
    const pruned = await reopen(original);
    const [first, second] = await listSnapshots(pruned);
    if (!first || !second) throw new Error('there are two snapshots');
    const hooked = new HookedStore(original);
    let isPruned = false;
    hooked.before = async (what, key) => {
      if (what !== 'get' || !key.startsWith('data/') || isPruned) return;
      isPruned = true;
      await forgetAndPrune(await reopen(original), [first]);
    };
    const target = await otherVault();
    const { summary } = await copyAll(await reopen(hooked), target, { selectors: [second.id] });
    expect(isPruned).toBe(true);
    expect(summary).toMatchObject({ copied: 1, failed: 0 });
    expect(await contentsOfAll(target)).toEqual(whole.slice(1));
  });

  test('that deletes what is being copied, forgotten meanwhile: that is no damage', async () => {
    const original = await copyOfStore(source.store);
    const all = await listSnapshots(await reopen(original));
    const hooked = new HookedStore(original);
    let isPruned = false;
    hooked.before = async (what, key) => {
      if (what !== 'get' || !key.startsWith('data/') || isPruned) return;
      isPruned = true;
      await forgetAndPrune(await reopen(original), all);
    };
    const target = await otherVault();
    const { summary, events } = await copyAll(await reopen(hooked), target);
    expect(summary).toMatchObject({ copied: 0, failed: 0 });
    expect(events.filter(({ type }) => type === 'problem')).toEqual([]);
    expect(events.at(-2)).toMatchObject({ type: 'notice' });
  });
});

async function copyOfStore(store: ObjectStore): Promise<MemoryStore> {
  const copy = new MemoryStore({ clock });
  for (const key of await keysUnder(store, '')) {
    await copy.put(key, (await store.get(key)) as never);
  }
  return copy;
}
