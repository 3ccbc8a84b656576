import { rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { listSnapshots } from '../../src/jobs/snapshots.ts';
import { backUp, copyOf, keysUnder, newVault, random, reopen } from '../support/test-vault.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { tree } from '../support/tree.ts';
import { entriesBelow, findingsOf, savedContent } from './snapshot-contents.ts';

const folder = temporaryFolder();
let trees = 0;

/** A fresh folder of five files in three folders. */
function fiveFiles(): string {
  return tree(join(folder, `tree-${trees++}`), {
    'one.bin': random(400_000),
    two: 'two',
    empty: '',
    sub: { three: random(100_000), deeper: { four: 'four' } },
  });
}

describe('a second backup', () => {
  test('of the same files reads none and stores next to nothing', async () => {
    const files = fiveFiles();
    const vault = await newVault();
    const first = await backUp(vault, [files]);
    expect(first.summary).toMatchObject({ filesNew: 5, filesUnmodified: 0, bytesRead: 500_007 });
    const second = await backUp(vault, [files]);
    expect(second.summary).toMatchObject({
      filesNew: 0,
      filesChanged: 0,
      filesUnmodified: 5,
      bytesRead: 0,
      chunksAdded: 0,
      parentId: first.summary.snapshotId,
    });
    expect(second.summary.bytesStored).toBeLessThan(64 * 1024);
    expect(await entriesBelow(vault, files)).toEqual(
      await entriesBelow(vault, files, first.summary.snapshotId),
    );
  });

  test('reads what is new or changed, and forgets what is gone', async () => {
    const files = fiveFiles();
    const vault = await newVault();
    await backUp(vault, [files]);
    writeFileSync(join(files, 'two'), 'two, changed');
    writeFileSync(join(files, 'sub/new'), 'new');
    rmSync(join(files, 'sub/deeper'), { recursive: true });
    const { summary } = await backUp(vault, [files]);
    expect(summary).toMatchObject({ filesNew: 1, filesChanged: 1, filesUnmodified: 3 });
    expect(summary.bytesRead).toBe('two, changed'.length + 'new'.length);
    const names = [...(await entriesBelow(vault, files)).keys()];
    expect(names).toEqual(['empty', 'one.bin', 'sub', 'sub/new', 'sub/three', 'two']);
    expect((await savedContent(vault, files, 'two')).toString()).toBe('two, changed');
    expect((await savedContent(vault, files, 'two', 'latest~1')).toString()).toBe('two');
    expect(await findingsOf(vault)).toEqual([]);
  });

  test('reads a file whose time alone changed, and stores none of it again', async () => {
    const files = fiveFiles();
    const vault = await newVault();
    await backUp(vault, [files]);
    utimesSync(join(files, 'one.bin'), 1000, 1000);
    const { summary } = await backUp(vault, [files]);
    expect(summary).toMatchObject({ filesChanged: 1, bytesRead: 400_000, chunksAdded: 0 });
    expect((await entriesBelow(vault, files)).get('one.bin')?.mtimeSec).toBe(1000);
  });

  test('that is forced reads everything, and stores nothing twice', async () => {
    const files = fiveFiles();
    const vault = await newVault();
    await backUp(vault, [files]);
    const { summary } = await backUp(vault, [files], { force: true });
    expect(summary).toMatchObject({ filesUnmodified: 0, bytesRead: 500_007, chunksAdded: 0 });
    expect(summary.parentId).toBeUndefined();
  });

  test('from another host reads everything, and stores nothing twice', async () => {
    const files = fiveFiles();
    const vault = await newVault();
    await backUp(vault, [files]);
    const { summary } = await backUp(vault, [files], { host: 'other' });
    expect(summary).toMatchObject({ bytesRead: 500_007, chunksAdded: 0 });
    expect(summary.parentId).toBeUndefined();
  });

  test('of other roots has no parent, unless it is named', async () => {
    const files = fiveFiles();
    const vault = await newVault();
    const first = await backUp(vault, [files]);
    const part = await backUp(vault, [join(files, 'sub')]);
    expect(part.summary.parentId).toBeUndefined();
    const parent = first.summary.snapshotId?.slice(0, 10) ?? '';
    const named = await backUp(vault, [join(files, 'sub')], { parent });
    expect(named.summary).toMatchObject({ parentId: first.summary.snapshotId, bytesRead: 0 });
    const wrong = backUp(vault, [files], { parent: 'ffffffffffffffff' });
    await expect(wrong).rejects.toMatchObject({ code: 'snapshot/not-found' });
  });

  test('takes the newest of the same roots as parent', async () => {
    const files = fiveFiles();
    const vault = await newVault();
    await backUp(vault, [files]);
    const second = await backUp(vault, [files]);
    await backUp(vault, [join(files, 'sub')]);
    await backUp(vault, [files], { host: 'other' });
    const last = await backUp(vault, [files]);
    expect(last.summary.parentId).toBe(second.summary.snapshotId);
  });

  test('reads files again whose chunks the vault has lost', async () => {
    const files = fiveFiles();
    const vault = await newVault();
    await backUp(vault, [files]);
    for (const prefix of ['index/', 'data/', 'meta/']) {
      for (const key of await keysUnder(vault.store, prefix)) await vault.store.delete(key);
    }
    const { summary, events } = await backUp(vault, [files]);
    expect(summary.bytesRead).toBe(500_007);
    expect(events.some(({ type }) => type === 'notice')).toBe(true);
    const damaged = (await findingsOf(vault)).map(({ subject }) => subject);
    expect(damaged).not.toContain(`snapshot ${summary.snapshotId}`);
    expect((await savedContent(vault, files, 'sub/deeper/four')).toString()).toBe('four');
  });
});

describe('skip-if-unchanged', () => {
  test('saves a snapshot only where there is something new', async () => {
    const files = fiveFiles();
    const vault = await newVault();
    const options = { skipIfUnchanged: true };
    expect((await backUp(vault, [files], options)).summary.snapshotId).toBeDefined();
    expect((await backUp(vault, [files], options)).summary.snapshotId).toBeUndefined();
    expect(await listSnapshots(vault)).toHaveLength(1);
    writeFileSync(join(files, 'two'), 'more');
    expect((await backUp(vault, [files], options)).summary.snapshotId).toBeDefined();
    expect(await listSnapshots(vault)).toHaveLength(2);
  });
});

describe('a dry run', () => {
  test('says what would be read and stores nothing', async () => {
    const files = fiveFiles();
    const vault = await newVault();
    await backUp(vault, [files]);
    writeFileSync(join(files, 'two'), 'changed');
    const before = await keysUnder(vault.store, '');
    const { summary, events } = await backUp(vault, [files], { dryRun: true, reportPaths: true });
    expect(await keysUnder(vault.store, '')).toEqual(before);
    expect(summary.snapshotId).toBeUndefined();
    expect(summary).toMatchObject({ filesChanged: 1, filesUnmodified: 4, bytesRead: 0 });
    const changed = events.filter((event) => event.type === 'path' && event.action === 'changed');
    expect(changed).toEqual([expect.objectContaining({ path: `${files}/two`, sizeBytes: 7 })]);
  });
});

describe('two hosts', () => {
  test('that back up at the same time both save everything', async () => {
    const [a, b] = [fiveFiles(), fiveFiles()];
    const { store } = await newVault();
    const runs = [
      backUp(await reopen(store), [a], { host: 'a' }),
      backUp(await reopen(store), [b, a], { host: 'b' }),
    ];
    await Promise.all(runs);
    const vault = await reopen(await copyOf(store));
    expect(await findingsOf(vault)).toEqual([]);
    const saved = await savedContent(vault, a, 'sub/deeper/four', 'latest:host=b');
    expect(saved.toString()).toBe('four');
  });
});
