import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/base/failure.ts';
import { MiB } from '../../src/base/units.ts';
import { listSnapshots } from '../../src/jobs/snapshots.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { backUp, keysUnder, newVault, reopen } from '../support/test-vault.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { random, tree } from '../support/tree.ts';
import { findingsOf } from './snapshot-contents.ts';

const folder = temporaryFolder();
const FILES = 60;
const files = tree(
  join(folder, 'files'),
  Object.fromEntries(Array.from({ length: FILES }, (_, i) => [`f${i}`, random(MiB, i)])),
);
const options = { packSizeBytes: 16 * MiB, compression: 'off' as const };

/** Calls `onPut` with the number of each data pack before it is stored. */
function watchPacks(store: MemoryStore, onPut: (count: number) => void): void {
  const put = store.put.bind(store);
  let count = 0;
  store.put = async (key, ...rest) => {
    if (key.startsWith('data/')) onPut(++count);
    await put(key, ...rest);
  };
}

describe('a backup that was interrupted', () => {
  test('is no snapshot, and the next one stores only the rest', async () => {
    const store = new MemoryStore();
    const vault = await newVault(store);
    const stop = new AbortController();
    watchPacks(store, (count) => {
      if (count === 2) stop.abort();
    });
    const failing = backUp(vault, [files], { ...options, signal: stop.signal });
    await expect(failing).rejects.toMatchObject({ code: 'interrupted' });
    expect(await listSnapshots(vault)).toEqual([]);
    expect(await keysUnder(store, 'index/')).not.toEqual([]);
    expect((await findingsOf(vault)).filter(({ severity }) => severity === 'error')).toEqual([]);

    const { summary } = await backUp(await reopen(store), [files], options);
    expect(summary.bytesRead).toBe(FILES * MiB);
    expect(summary.bytesAdded).toBeLessThan((FILES - 14) * MiB);
    const errors = (await findingsOf(await reopen(store))).filter(
      ({ severity }) => severity === 'error',
    );
    expect(errors).toEqual([]);
  });

  test('before it began leaves nothing', async () => {
    const vault = await newVault();
    const before = await keysUnder(vault.store, '');
    const signal = AbortSignal.abort();
    const failing = backUp(vault, [files], { ...options, signal });
    await expect(failing).rejects.toMatchObject({ code: 'interrupted' });
    expect(await keysUnder(vault.store, '')).toEqual(before);
  });

  test('by a store that fails says why, and keeps what it took', async () => {
    const store = new MemoryStore();
    const vault = await newVault(store);
    let isFull = true;
    watchPacks(store, (count) => {
      if (isFull && count > 1) throw new AppError('store/full', 'no space is left');
    });
    const failing = backUp(vault, [files], options);
    await expect(failing).rejects.toMatchObject({ code: 'store/full' });
    expect(await keysUnder(store, 'snapshots/')).toEqual([]);
    isFull = false;
    const { summary } = await backUp(vault, [files], options);
    expect(summary.bytesAdded).toBeLessThan((FILES - 10) * MiB);
    expect(await findingsOf(vault)).toEqual([]);
  });
});
