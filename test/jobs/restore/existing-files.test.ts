/** What restoring does with what is there already. */
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { partName } from '../../../src/files/restore/part-name.ts';
import { toPathKey } from '../../../src/files/path.ts';
import { createSelector } from '../../../src/files/select/selector.ts';
import type { RestoreOptions } from '../../../src/jobs/restore/options.ts';
import type { SavedSnapshot } from '../../../src/vault/snapshots.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import { compareTrees } from '../../support/compare-trees.ts';
import { keysUnder, newVault } from '../../support/test-vault.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { hardlink, random, tree } from '../../support/tree.ts';
import { restoreAll, save } from './fixture.ts';

const folder = temporaryFolder();
const source = join(folder, 'source');
const target = join(folder, 'target');
const path = toPathKey(Buffer.from(source));
const LARGE_BYTES = 6_000_000;
let vault: Vault;
let snapshot: SavedSnapshot;

beforeAll(async () => {
  tree(source, {
    small: 'as saved',
    large: random(LARGE_BYTES, 5),
    d: { one: '1', two: '2' },
    h1: 'linked',
    h2: hardlink('h1'),
  });
  utimesSync(join(source, 'small'), 1_600_000_000, 1_600_000_000);
  vault = await newVault();
  snapshot = await save(vault, [source]);
});

beforeEach(() => rmSync(target, { recursive: true, force: true }));

const run = (options: Partial<RestoreOptions> = {}) =>
  restoreAll(vault, { snapshot, target, path, ...options });

/** Puts other content under the name `small`. */
function plant(content: string, mtimeSec: number): void {
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, 'small'), content);
  utimesSync(join(target, 'small'), mtimeSec, mtimeSec);
}

describe('overwriting', () => {
  const [old, same, newer] = [1_500_000_000, 1_600_000_000, 1_700_000_000];
  const [AS_SAVED, OTHER, LONGER] = ['as saved', 'as SAVED', 'longer content'];
  test.each([
    ['always', OTHER, same, AS_SAVED],
    ['always', LONGER, newer, AS_SAVED],
    ['if-changed', OTHER, same, OTHER],
    ['if-changed', LONGER, same, AS_SAVED],
    ['if-changed', OTHER, newer, AS_SAVED],
    ['if-newer', LONGER, old, AS_SAVED],
    ['if-newer', LONGER, newer, LONGER],
    ['if-newer', LONGER, same, LONGER],
    ['never', LONGER, old, LONGER],
  ] as const)('%s, with %j of %i there, leaves %s', async (overwrite, content, time, expected) => {
    plant(content, time);
    const { problems } = await run({ overwrite });
    expect(problems).toEqual([]);
    expect(readFileSync(join(target, 'small'), 'utf8')).toBe(expected);
  });

  test('a kept file gets its mode back', async () => {
    await run();
    writeFileSync(join(target, 'other'), '');
    const { mode } = statSync(join(target, 'small'));
    const fd = openSync(join(target, 'small'), 'r');
    closeSync(fd);
    const { chmodSync } = await import('node:fs');
    chmodSync(join(target, 'small'), 0o600);
    const { summary } = await run();
    expect(summary.filesRestored).toBe(0);
    expect(statSync(join(target, 'small')).mode).toBe(mode);
  });

  test('a folder gives way to a file only when it is empty, or with delete', async () => {
    mkdirSync(join(target, 'small'), { recursive: true });
    expect((await run()).problems).toEqual([]);
    rmSync(target, { recursive: true });
    mkdirSync(join(target, 'small', 'full'), { recursive: true });
    const { problems } = await run();
    expect(problems).toMatchObject([{ path: join(source, 'small'), severity: 'error' }]);
    expect((await run({ delete: true })).problems).toEqual([]);
    expect(readFileSync(join(target, 'small'), 'utf8')).toBe('as saved');
  });

  test('a file gives way to a folder, unless nothing may be overwritten', async () => {
    mkdirSync(target);
    writeFileSync(join(target, 'd'), 'in the way');
    const { problems, summary } = await run({ overwrite: 'never' });
    expect(problems).toMatchObject([{ reason: 'kept', path: join(source, 'd') }]);
    expect(summary.filesFailed).toBe(2);
    expect((await run()).problems).toEqual([]);
    expect(compareTrees(source, target)).toEqual([]);
  });

  test('names of one file become one again', async () => {
    await run();
    rmSync(join(target, 'h2'));
    writeFileSync(join(target, 'h2'), 'linked');
    await run();
    expect(statSync(join(target, 'h2')).ino).toBe(statSync(join(target, 'h1')).ino);
  });
});

describe('deleting', () => {
  test('removes what the snapshot does not have, in restored folders only', async () => {
    await run();
    tree(target, { extra: 'x', 'extra folder': { deep: { f: '' } }, d: { three: '3' } });
    const { summary, events } = await run({ delete: true, verbose: true });
    expect(summary.filesDeleted).toBe(5);
    const deleted = events.flatMap((e) => (e.type === 'path' && e.action === 'deleted' ? e : []));
    expect(deleted).toHaveLength(3);
    expect(compareTrees(source, target)).toEqual([]);
  });

  test('only says so in a dry run', async () => {
    await run();
    tree(target, { extra: 'x' });
    const { summary } = await run({ delete: true, dryRun: true });
    expect(summary.filesDeleted).toBe(1);
    expect(existsSync(join(target, 'extra'))).toBe(true);
  });

  test('leaves alone what is not selected', async () => {
    await run();
    tree(target, { 'extra.txt': 'x', 'extra.log': 'x' });
    await run({ delete: true, select: createSelector({ exclude: ['*.log'] }) });
    expect(existsSync(join(target, 'extra.txt'))).toBe(false);
    expect(existsSync(join(target, 'extra.log'))).toBe(true);
  });

  test('never touches the neighbours of what was backed up', async () => {
    const whole = { path: undefined, delete: true };
    const neighbour = join(target, folder, 'neighbour');
    mkdirSync(neighbour, { recursive: true });
    writeFileSync(join(target, 'top'), '');
    await run(whole);
    expect(existsSync(neighbour)).toBe(true);
    expect(existsSync(join(target, 'top'))).toBe(true);
    expect(compareTrees(source, join(target, source))).toEqual([]);
  });
});

describe('in place', () => {
  test('fetches only the blocks that differ, and keeps the inode', async () => {
    await run();
    const file = join(target, 'large');
    const { ino } = statSync(file);
    const fd = openSync(file, 'r+');
    writeSync(fd, Buffer.from('changed'), 0, 7, 3_000_000);
    closeSync(fd);
    const { summary, problems } = await run({ inPlace: true });
    expect(problems).toEqual([]);
    expect(summary.bytesRestored).toBeLessThan(LARGE_BYTES / 2);
    expect(summary.bytesRestored).toBeGreaterThan(0);
    expect(statSync(file).ino).toBe(ino);
    expect(compareTrees(source, target)).toEqual([]);
  });

  test.each([
    ['shorter', 1_000_000],
    ['longer', LARGE_BYTES + 1_000_000],
  ])('brings a file back that is %s', async (_, size) => {
    await run();
    const fd = openSync(join(target, 'large'), 'r+');
    ftruncateSync(fd, size);
    closeSync(fd);
    await run({ inPlace: true });
    expect(compareTrees(source, target)).toEqual([]);
  });
});

describe('after an interruption', () => {
  const part = join(target, String(partName(Buffer.from('large'))));

  test('a half-written file is used, and nothing of it is left over', async () => {
    mkdirSync(target);
    const half = random(LARGE_BYTES, 5).subarray(0, 4_000_000);
    half[1_000_000] = (half[1_000_000] ?? 0) ^ 1;
    writeFileSync(part, half);
    const { summary, problems } = await run();
    expect(problems).toEqual([]);
    expect(summary.bytesRestored).toBeLessThan(LARGE_BYTES - 1_000_000);
    expect(compareTrees(source, target)).toEqual([]);
    expect(existsSync(part)).toBe(false);
  });

  test('part files of files that are finished or gone are removed', async () => {
    await run();
    const names = ['large', 'small', 'no longer in the snapshot'];
    for (const name of names) writeFileSync(join(target, String(partName(Buffer.from(name)))), 'x');
    await run();
    expect(readdirSync(target).filter((name) => name.endsWith('.part'))).toEqual([]);
    expect(compareTrees(source, target)).toEqual([]);
  });

  test('an aborted restore ends as interrupted, and a second one completes it', async () => {
    const stop = new AbortController();
    const aborted = run({ signal: AbortSignal.any([stop.signal]) });
    stop.abort();
    await expect(aborted).rejects.toMatchObject({ code: 'interrupted' });
    await run();
    expect(compareTrees(source, target)).toEqual([]);
  });

  test('a consumer that stops listening stops the restore', async () => {
    const { restore } = await import('../../../src/jobs/restore/restore.ts');
    for await (const _ of restore(vault, { snapshot, target, path, verbose: true })) break;
    await run();
    expect(compareTrees(source, target)).toEqual([]);
  });
});

test('only the data that is needed is asked for', async () => {
  const packs = await keysUnder(vault.store, 'data/');
  expect(packs.length).toBeGreaterThan(0);
  const small = toPathKey(Buffer.from(join(source, 'small')));
  const { summary } = await run({ path: small });
  expect(summary.bytesFetched).toBeLessThan(3_500_000);
});
