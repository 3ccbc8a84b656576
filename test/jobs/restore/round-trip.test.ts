import { execFileSync } from 'node:child_process';
import {
  chownSync,
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadNativeCalls } from '../../../src/files/restore/metadata/native-calls.ts';
import { createSelector } from '../../../src/files/select/selector.ts';
import { toPathKey } from '../../../src/files/path.ts';
import type { SavedSnapshot } from '../../../src/vault/snapshots.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import { compareTrees } from '../../support/compare-trees.ts';
import { newVault } from '../../support/test-vault.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import {
  charDevice,
  fifo,
  hardlink,
  random,
  rawName,
  sparse,
  symlink,
  tree,
  withMode,
} from '../../support/tree.ts';
import { restoreAll, save } from './fixture.ts';

const isRoot = process.getuid?.() === 0;
const folder = temporaryFolder();
const source = join(folder, 'source');
let vault: Vault;
let snapshot: SavedSnapshot;

beforeAll(async () => {
  tree(source, {
    'a.txt': 'hello',
    empty: '',
    'one chunk': random(100_000, 1),
    large: random(9_000_000, 2),
    'same as large': random(9_000_000, 2),
    zeros: new Uint8Array(3_000_000),
    holes: sparse(20_000_000, { 5_000_000: 'in the middle', 19_999_990: 'at the end' }),
    'only a hole': sparse(7_000_000),
    [rawName('not utf-8 \xff\xfe')]: 'odd name',
    'new\nline': 'odd name',
    [`${'n'.repeat(251)}.txt`]: 'long name',
    link: symlink('a.txt'),
    'dangling link': symlink('no/such/place'),
    'link to folder': symlink('sub'),
    pipe: fifo,
    sub: { deep: { deeper: { file: 'x', again: hardlink('a.txt') } }, empty: {} },
    'also large': hardlink('large'),
    'set-user-id': withMode(0o4755, 'run me'),
    'read only': withMode(0o444, 'look only'),
    secret: withMode(0o000, 'not for you'),
    sticky: withMode(0o1777, { f: 'f' }),
    'read only folder': withMode(0o555, { inside: 'inside' }),
    ...(isRoot ? { device: charDevice(1, 3) } : {}),
  });
  setAttribute(join(source, 'one chunk'), 'user.colour', 'blue');
  setAttribute(join(source, 'large'), 'user.shape', 'round');
  setAttribute(join(source, 'sub'), 'user.folder', 'yes');
  execFileSync('setfacl', ['-m', 'u:1234:rw', join(source, 'a.txt')]);
  execFileSync('setfacl', ['-d', '-m', 'g:2345:rx', join(source, 'sub', 'deep')]);
  if (isRoot) {
    chownSync(join(source, 'one chunk'), 1234, 2345);
    execFileSync('chown', ['-h', '77:88', join(source, 'link')]);
  }
  execFileSync('touch', ['-h', '-d', '@1234567890.123456789', join(source, 'link')]);
  execFileSync('touch', ['-d', '@1700000000.987654321', join(source, 'a.txt')]);
  execFileSync('touch', ['-d', '@-12345.000000001', join(source, 'empty')]);
  execFileSync('touch', ['-d', '@1600000000.000000007', join(source, 'sub', 'deep')]);
  vault = await newVault();
  snapshot = await save(vault, [source]);
});

describe('restoring', () => {
  test('brings back everything of every kind of file', async () => {
    const target = join(folder, 'whole');
    const { problems, summary } = await restoreAll(vault, { snapshot, target, threads: 2 });
    expect(problems).toEqual([]);
    expect(compareTrees(source, join(target, source), { root: true })).toEqual([]);
    const acl = execFileSync('getfacl', ['-cp', join(target, source, 'a.txt')], {
      encoding: 'utf8',
    });
    expect(acl).toContain('user:1234:rw-');
    expect(summary.filesFailed).toBe(0);
    expect(summary.bytesRestored).toBeGreaterThan(40_000_000);
    expect(leftovers(target)).toEqual([]);
  });

  test('brings it back through hundreds of windows, two of them under way at once', async () => {
    const target = join(folder, 'windows');
    const options = { snapshot, target, threads: 2, windowBytes: 50_000, verify: true };
    const { problems, summary } = await restoreAll(vault, options);
    expect(problems).toEqual([]);
    expect(compareTrees(source, join(target, source), { root: true })).toEqual([]);
    expect(summary.bytesVerified).toBe(summary.bytesRestored);
    expect(leftovers(target)).toEqual([]);
  });

  test('puts what is in a folder directly into the target, and a file under its name', async () => {
    const target = join(folder, 'part');
    const path = toPathKey(Buffer.from(join(source, 'sub')));
    await restoreAll(vault, { snapshot, target, path });
    expect(readdirSync(target)).toEqual(['deep', 'empty']);
    const one = join(folder, 'one');
    const file = toPathKey(Buffer.from(join(source, 'a.txt')));
    const { summary } = await restoreAll(vault, { snapshot, target: one, path: file });
    expect(readFileSync(join(one, 'a.txt'), 'utf8')).toBe('hello');
    expect(readdirSync(one)).toEqual(['a.txt']);
    expect(summary.filesRestored).toBe(1);
  });

  test('says which path the snapshot does not have', async () => {
    const path = toPathKey(Buffer.from('/no/such/path'));
    const restoring = restoreAll(vault, { snapshot, target: join(folder, 'none'), path });
    await expect(restoring).rejects.toMatchObject({ code: 'snapshot/path' });
  });

  test('takes only what is selected, with the folders on the way', async () => {
    const target = join(folder, 'selected');
    const select = createSelector({ include: ['deeper'] });
    await restoreAll(vault, { snapshot, target, select });
    const inside = join(target, source);
    expect(readdirSync(inside)).toEqual(['sub']);
    expect(readdirSync(join(inside, 'sub', 'deep', 'deeper')).sort()).toEqual(['again', 'file']);
    expect(lstatSync(join(inside, 'sub/deep'), { bigint: true }).mtimeNs).toBe(
      lstatSync(join(source, 'sub/deep'), { bigint: true }).mtimeNs,
    );
  });

  test('keeps all when it is repeated, and fetches no content again', async () => {
    const target = join(folder, 'twice');
    await restoreAll(vault, { snapshot, target });
    const again = await restoreAll(vault, { snapshot, target });
    expect(again.summary.filesRestored).toBe(0);
    expect(again.summary.bytesRestored).toBe(0);
    expect(again.summary.bytesFetched).toBeLessThan(200_000);
    expect(compareTrees(source, join(target, source))).toEqual([]);
  });

  test('changes nothing in a dry run, and says what it would do', async () => {
    const target = join(folder, 'dry');
    const { events, summary } = await restoreAll(vault, { snapshot, target, dryRun: true });
    expect(() => statSync(target)).toThrow(/ENOENT/);
    const paths = events.filter((event) => event.type === 'path').map(({ path }) => path);
    expect(paths).toContain(join(source, 'sub/deep/deeper/file'));
    expect(summary.filesRestored).toBeGreaterThan(10);
    expect(summary.bytesRestored).toBe(0);
  });

  test('finds out by reading that the disk has something else', async () => {
    const target = join(folder, 'verified');
    const options = { snapshot, target, verify: true } as const;
    const first = await restoreAll(vault, options);
    expect(first.problems).toEqual([]);
    expect(first.summary.bytesVerified).toBe(first.summary.bytesRestored);
    const file = join(target, source, 'one chunk');
    const { mtime } = statSync(file);
    const bytes = readFileSync(file);
    bytes[50_000] = (bytes[50_000] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    utimesSync(file, mtime, mtime);
    execFileSync('touch', ['-r', join(source, 'one chunk'), file]);
    const second = await restoreAll(vault, options);
    expect(second.problems).toMatchObject([
      { severity: 'error', reason: 'verify', path: join(source, 'one chunk') },
    ]);
    expect(second.summary.filesFailed).toBe(1);
  });

  test('leaves zeros unwritten in every file where that is asked for', async () => {
    const target = join(folder, 'sparse');
    await restoreAll(vault, { snapshot, target, sparse: true });
    const { blocks, size } = statSync(join(target, source, 'zeros'));
    expect(size).toBe(3_000_000);
    expect(blocks).toBe(0);
    expect(compareTrees(source, join(target, source), { sparse: false })).toEqual([]);
  });

  test.runIf(isRoot)('leaves owners as they come where that is asked for', async () => {
    const target = join(folder, 'ownerless');
    await restoreAll(vault, { snapshot, target, owner: false });
    const { uid, gid } = statSync(join(target, source, 'one chunk'));
    expect([uid, gid]).toEqual([0, 0]);
  });

  test('knows how to set times to the nanosecond here', () => {
    expect(loadNativeCalls()).toBeDefined();
  });
});

describe.runIf(process.platform === 'linux')('a tree deeper than a path can be long', () => {
  test('comes back whole', async () => {
    const top = join(folder, 'deep');
    const half = Array.from({ length: 15 }, () => 'd'.repeat(200)).join('/');
    mkdirSync(join(top, half), { recursive: true });
    mkdirSync(join(folder, 'other half', half), { recursive: true });
    writeFileSync(join(folder, 'other half', half, 'f'), 'bottom');
    renameSync(join(folder, 'other half'), join(top, half, 'other half'));
    const deep = await save(vault, [top]);
    const target = join(folder, 'deep target');
    const { problems, summary } = await restoreAll(vault, { snapshot: deep, target });
    expect(problems).toEqual([]);
    expect(summary.filesRestored).toBe(1);
    const middle = openSync(join(target, top, half), 'r');
    const bottom = join(`/proc/self/fd/${middle}`, 'other half', half, 'f');
    expect(readFileSync(bottom, 'utf8')).toBe('bottom');
    closeSync(middle);
    for (const path of [top, target]) execFileSync('rm', ['-rf', path]);
  });
});

function setAttribute(path: string, name: string, value: string): void {
  const calls = loadNativeCalls();
  calls?.setPathXattr?.(Buffer.from(path), Buffer.from(name), Buffer.from(value));
}

function leftovers(target: string): string[] {
  return readdirSync(target, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.part'),
  );
}
