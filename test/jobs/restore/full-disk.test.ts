/** What a restore does where the target takes no more. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { toPathKey } from '../../../src/files/path.ts';
import { MemoryStore } from '../../../src/store/memory.ts';
import { CountingStore } from '../../store/counting-store.ts';
import { compareTrees } from '../../support/compare-trees.ts';
import { newVault, reopen } from '../../support/test-vault.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { random, tree } from '../../support/tree.ts';
import { restoreAll, save } from './fixture.ts';

const folder = temporaryFolder();
const source = join(folder, 'source');
const target = join(folder, 'target');
mkdirSync(target);
/** A small disk of its own. */
const isMounted = mount('size=12m').status === 0;

function mount(options: string) {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', target]);
}

afterAll(() => {
  if (isMounted) spawnSync('umount', [target]);
});

describe.runIf(isMounted)('a full target', () => {
  test('ends the restore where it is met; with more room all of it comes back', async () => {
    // Large files are gathered before they are written, and small ones are written between them.
    const files = Array.from({ length: 60 }, (_, n) => {
      const bytes = n % 6 === 0 ? 8_500_000 : 30_000;
      return [`file-${String(n).padStart(2, '0')}`, random(bytes, n)] as const;
    });
    tree(source, Object.fromEntries(files));
    const original = new MemoryStore();
    const snapshot = await save(await newVault(original), [source]);
    const counting = new CountingStore(original);
    const vault = await reopen(counting);
    const path = toPathKey(Buffer.from(source));
    const options = { snapshot, target, path, windowBytes: 1_000_000, threads: 2 };
    counting.take();
    await expect(restoreAll(vault, options)).rejects.toMatchObject({ code: 'files/write' });
    // 85 windows; so many would have been fetched for had it gone on.
    expect(counting.take('get data/')).toBeLessThan(40);
    spawnSync('mount', ['-o', 'remount,size=200m', target]);
    const { problems } = await restoreAll(vault, options);
    expect(problems).toEqual([]);
    expect(compareTrees(source, target)).toEqual([]);
  });
});
