import { execFileSync } from 'node:child_process';
import { chmodSync, lutimesSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { describe, expect, test } from 'vitest';
import { EntryType } from '../../src/format/entry.ts';
import { comparePaths, displayPath, toPathKey } from '../../src/files/path.ts';
import { loadAccountNames } from '../../src/files/walk/account-names.ts';
import { walk } from '../../src/files/walk/walk.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import {
  charDevice,
  fifo,
  hardlink,
  rawName,
  sparse,
  symlink,
  tree,
  withMode,
} from '../support/tree.ts';
import { entryOf, walked } from './walk-fixture.ts';

const base = temporaryFolder();
const isRoot = userInfo().uid === 0;
let count = 0;
/** Which paths below `dir` this process holds open. Others come and go while we look. */
const openBelow = (dir: string): string[] =>
  readdirSync('/proc/self/fd')
    .map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return '';
      }
    })
    .filter((path) => path.startsWith(dir));
const fresh = (): string => `${base}/${count++}`;

describe('the order of a walk', () => {
  test('is that of path keys, a folder right before its contents', () => {
    const dir = tree(fresh(), {
      a: { b: 'x', 'b.c': 'x' },
      'a.b': { z: 'x' },
      'a-': 'x',
      [rawName('\xff')]: 'x',
      é: 'x',
      '\x01': 'x',
    });
    const keys = walked(dir).items.flatMap((item) =>
      item.kind === 'entry' ? [item.entry.path] : [],
    );
    expect(keys).toHaveLength(9 + dir.split('/').length - 1);
    expect(keys.toSorted(comparePaths)).toEqual(keys);
    expect(walked(dir).paths.slice(0, 7)).toEqual([
      '\\x01',
      'a',
      'a/b',
      'a/b.c',
      'a-',
      'a.b',
      'a.b/z',
    ]);
  });

  test('begins with the folders above a root, each once, and merges nested roots', () => {
    const dir = tree(fresh(), { a: { b: { c: '1', d: '2' }, e: '3' }, f: { g: '4' }, h: '5' });
    const roots = ['/f/g', '/a/b/c', '/a/b', '/a/b/'].map((path) => Buffer.from(dir + path));
    expect(walked(dir, { roots }).paths).toEqual(['a', 'a/b', 'a/b/c', 'a/b/d', 'f', 'f/g']);
    const all = walked(dir, { roots }).items;
    expect(all[0]?.kind === 'entry' && displayPath(all[0].entry.path)).toBe(
      `/${dir.split('/')[1]}`,
    );
  });

  test('holds for very many roots in one folder', () => {
    const names = Array.from({ length: 2000 }, (_, i) => `n${i}`);
    const dir = tree(fresh(), { d: Object.fromEntries(names.map((name) => [name, ''])) });
    const roots = names.map((name) => Buffer.from(`${dir}/d/${name}`));
    expect(walked(dir, { roots }).paths).toEqual(['d', ...names.toSorted().map((n) => `d/${n}`)]);
  });
});

describe('an entry', () => {
  test('has type, mode, owner, size, times, device, inode and links', () => {
    const dir = tree(fresh(), { f: withMode(0o4751, 'hello'), again: hardlink('f') });
    execFileSync('touch', ['-d', '2001-02-03 04:05:06.123456789 UTC', `${dir}/f`]);
    const stats = statSync(`${dir}/f`, { bigint: true });
    const f = entryOf(walked(dir), 'f');
    expect(f).toMatchObject({
      type: EntryType.file,
      mode: 0o4751,
      size: 5,
      links: 2,
      sparse: false,
    });
    expect([f.mtimeSec, f.mtimeNs]).toEqual([981173106, 123456789]);
    expect(BigInt(f.ctimeSec) * 1_000_000_000n + BigInt(f.ctimeNs)).toBe(stats.ctimeNs);
    expect([f.device, f.inode]).toEqual([stats.dev, stats.ino]);
    expect([f.uid, f.gid, f.user]).toEqual([userInfo().uid, userInfo().gid, userInfo().username]);
    expect(entryOf(walked(dir), 'again').inode).toBe(f.inode);
    expect([...f.content, ...f.target]).toEqual([]);
  });

  test('keeps times before 1970 with positive nanoseconds', () => {
    const dir = tree(fresh(), { old: 'x', whole: 'x' });
    execFileSync('touch', ['-d', '1969-12-31 23:59:58.25 UTC', `${dir}/old`]);
    execFileSync('touch', ['-d', '@-5', `${dir}/whole`]);
    expect(entryOf(walked(dir), 'old')).toMatchObject({ mtimeSec: -2, mtimeNs: 250_000_000 });
    expect(entryOf(walked(dir), 'whole')).toMatchObject({ mtimeSec: -5, mtimeNs: 0 });
  });

  test('of a symbolic link has its target as bytes, and its own time', () => {
    const dir = tree(fresh(), { l: symlink('no/where'), odd: symlink(Buffer.from([0xff, 0x0a])) });
    lutimesSync(`${dir}/l`, 1000, 1000);
    const found = walked(dir);
    expect(entryOf(found, 'l')).toMatchObject({ type: EntryType.symlink, size: 0, mtimeSec: 1000 });
    expect(Buffer.from(entryOf(found, 'l').target).toString()).toBe('no/where');
    expect([...entryOf(found, 'odd').target]).toEqual([0xff, 0x0a]);
  });

  test('of a folder, a FIFO and a socket has its type', async () => {
    const dir = tree(fresh(), { d: {}, p: fifo });
    const server = createServer().listen(`${dir}/s`);
    await new Promise((resolve) => server.once('listening', resolve));
    const found = walked(dir);
    server.close();
    expect(entryOf(found, 'd')).toMatchObject({ type: EntryType.directory, size: 0, links: 1 });
    expect(entryOf(found, 'p').type).toBe(EntryType.fifo);
    expect(entryOf(found, 's').type).toBe(EntryType.socket);
  });

  test.runIf(isRoot)('of a device has its numbers, also large ones', () => {
    const dir = tree(fresh(), { n: charDevice(1, 3), big: charDevice(4095, 1_000_000) });
    const found = walked(dir);
    const [n, big] = [entryOf(found, 'n'), entryOf(found, 'big')];
    expect([n.type, n.rdevMajor, n.rdevMinor]).toEqual([EntryType.charDevice, 1, 3]);
    expect([big.rdevMajor, big.rdevMinor]).toEqual([4095, 1_000_000]);
  });

  test('tells whether a file has holes', () => {
    const dir = tree(fresh(), { holes: sparse(10_000_000, { 5_000_000: 'x' }), full: 'x' });
    expect(entryOf(walked(dir), 'holes')).toMatchObject({ size: 10_000_000, sparse: true });
    expect(entryOf(walked(dir), 'full').sparse).toBe(false);
  });

  test('has no name where the number has none', () => {
    const dir = tree(fresh(), { passwd: 'a:x:7:1::/:\nb:x:7:1::/:\nbad\n', group: 'g:x:9:\n' });
    const names = loadAccountNames({ passwd: `${dir}/passwd`, group: `${dir}/group` });
    expect([names.user(7), names.user(8), names.group(9)]).toEqual(['a', '', 'g']);
    const none = loadAccountNames({ passwd: `${dir}/nope`, group: `${dir}/nope` });
    expect(none.user(0)).toBe('');
  });
});

describe('odd names', () => {
  test('are kept as bytes, with line ends, and up to 255 of them', () => {
    const long = 'n'.repeat(255);
    const dir = tree(fresh(), {
      [rawName('caf\xe9')]: { [rawName('\xfe\xff')]: 'x' },
      'a\nb': 'x',
      [long]: 'x',
    });
    const items = [...walk({ roots: [Buffer.from(dir)] })];
    const keys = items.flatMap((item) => (item.kind === 'entry' ? [item.entry.path] : []));
    const texts = keys.map((key) => Buffer.from(key).toString('latin1'));
    for (const name of ['caf\xe9', 'caf\xe9\0\xfe\xff', 'a\nb', long]) {
      expect(texts).toContain(`${dir.slice(1).replaceAll('/', '\0')}\0${name}`);
    }
  });

  test.runIf(process.platform === 'linux')('reach deeper than PATH_MAX', () => {
    const dir = tree(fresh(), {});
    const name = 'd'.repeat(200);
    const depth = 60;
    const script = `for i in $(seq ${depth}); do mkdir ${name} && cd $_; done; echo deep > file`;
    execFileSync('bash', ['-c', script], { cwd: dir });
    const found = walked(dir);
    expect(found.problems).toEqual([]);
    const file = entryOf(found, `${`${name}/`.repeat(depth)}file`);
    expect(file.path.length).toBeGreaterThan(12_000);
    expect(file.size).toBe(5);
    expect(openBelow(dir)).toEqual([]);
    execFileSync('rm', ['-rf', dir]);
  });
});

describe('what can not be read', () => {
  test('is a problem and stops nothing: a root that is not there', () => {
    const dir = tree(fresh(), { a: 'x', f: 'x' });
    const roots = ['/a', '/nope', '/no/where', '/f/x'].map((path) => Buffer.from(dir + path));
    const found = walked(dir, { roots });
    expect(found.paths).toEqual(['a']);
    expect(found.problems).toEqual([
      'error unreadable f/x: a part of the path is not a folder',
      'error unreadable no/where: no such file or folder',
      'error unreadable nope: no such file or folder',
    ]);
  });

  test('must be named by an absolute path', () => {
    expect(() => [...walk({ roots: [Buffer.from('relative')] })]).toThrow(/absolute/);
  });

  test('keeps an unreadable folder as an empty one', () => {
    const dir = tree(fresh(), { d: { secret: 'x' }, e: 'x' });
    chmodSync(base, 0o755);
    chmodSync(`${dir}/d`, 0o000);
    const script = `
      const { walk } = await import('${import.meta.dirname}/../../src/files/walk/walk.ts');
      if (process.getuid() === 0) process.setuid(65534);
      for (const item of walk({ roots: [Buffer.from(${JSON.stringify(dir)})] })) {
        if (item.kind === 'problem') console.log(item.problem.severity, item.problem.reason);
        else console.log(Buffer.from(item.entry.path).toString().split('\\0').at(-1));
      }`;
    const args = ['--input-type=module', '-e', script];
    const lines = execFileSync(process.execPath, args).toString().trim().split('\n');
    chmodSync(`${dir}/d`, 0o755);
    expect(lines.slice(-3)).toEqual(['d', 'error unreadable', 'e']);
  });

  test('is only a warning where it vanished after its folder was listed', () => {
    const dir = tree(fresh(), { a: 'x', b: 'x', c: { d: 'x' }, e: {} });
    const problems: string[] = [];
    for (const item of walk({ roots: [Buffer.from(dir)] })) {
      if (item.kind === 'problem') {
        problems.push(
          `${item.problem.severity} ${item.problem.reason} ${item.problem.path.at(-1)}`,
        );
      } else if (item.kind === 'entry' && item.osPath.toString() === `${dir}/a`) {
        rmSync(`${dir}/b`);
        rmSync(`${dir}/c`, { recursive: true });
      }
    }
    const gone = (name: string): string => `warning vanished ${name.charCodeAt(0)}`;
    expect(problems).toEqual([gone('b'), gone('c')]);
  });
});

describe('symbolic links', () => {
  test('are not followed below a root, nor when they are one', () => {
    const dir = tree(fresh(), { real: { x: '1' }, l: symlink('real') });
    expect(walked(dir).paths).toEqual(['l', 'real', 'real/x']);
    expect(walked(dir, { roots: [Buffer.from(`${dir}/l/`)] }).paths).toEqual(['l']);
  });

  test('are followed above a root, and stand as folders then', () => {
    const dir = tree(fresh(), { real: { x: '1', y: '2' }, l: symlink('real') });
    const found = walked(dir, { roots: [Buffer.from(`${dir}/l/x`)] });
    expect(found.paths).toEqual(['l', 'l/x']);
    expect(entryOf(found, 'l').type).toBe(EntryType.directory);
  });

  test('refuse a root behind them that another root holds', () => {
    const dir = tree(fresh(), { real: { x: '1' }, l: symlink('real') });
    const found = walked(dir, { roots: [Buffer.from(dir), Buffer.from(`${dir}/l/x`)] });
    expect(found.paths).toEqual(['l', 'real', 'real/x']);
    expect(found.problems).toHaveLength(1);
    expect(found.problems[0]).toMatch(/^error unsupported l\/x: .* symbolic link .*\/l;/);
  });
});

test.runIf(isRoot)('the root folder itself can be a root', () => {
  const first: string[] = [];
  for (const item of walk({ roots: [Buffer.from('/')] })) {
    if (item.kind === 'entry') first.push(displayPath(item.entry.path));
    if (first.length === 3) break;
  }
  expect(first[0]).toMatch(/^\/[^/]+$/);
  expect(toPathKey(Buffer.from('/'))).toHaveLength(0);
});

test.runIf(process.platform === 'linux')('leaving a walk early closes what it holds open', () => {
  const dir = tree(fresh(), { [rawName('\xff')]: { a: '', b: '' } });
  for (let i = 0; i < 5; i++) {
    for (const item of walk({ roots: [Buffer.from(dir)], xattrs: { read: () => [] } })) {
      if (item.kind === 'entry' && item.osPath.toString().endsWith('/a')) break;
    }
  }
  expect(openBelow(dir)).toEqual([]);
});
