import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { toPathKey } from '../../src/files/path.ts';
import { createSelector } from '../../src/files/select/selector.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { symlink, tree, type Tree } from '../support/tree.ts';
import { walked } from './walk-fixture.ts';

const base = temporaryFolder();
let count = 0;
const fresh = (): string => `${base}/${count++}`;

/** The path a walk must not open: another file system that is always there on Linux. */
const canSeeMounts =
  process.platform === 'linux' && statSync('/dev/shm').dev !== statSync('/dev').dev;

describe('a selector', () => {
  test('prunes folders without reading them', () => {
    const dir = tree(fresh(), { keep: { a: '1' }, node_modules: { b: '2' }, 'x.o': '3' });
    const selector = createSelector({ exclude: ['node_modules', '*.o'] });
    const found = walked(dir, { selector, reportExcluded: true });
    expect(found.paths).toEqual(['keep', 'keep/a']);
    expect(found.excluded).toEqual(['pattern node_modules', 'pattern x.o']);
  });

  test('with includes yields the folders on the way to matches, and no others', () => {
    const dir = tree(fresh(), {
      a: { deep: { 'b.txt': '1', 'c.bin': '2' }, empty: {} },
      none: { 'd.bin': '3' },
      'z.txt': { whole: '4' },
    });
    const found = walked(dir, { selector: createSelector({ include: ['*.txt'] }) });
    expect(found.paths).toEqual(['a', 'a/deep', 'a/deep/b.txt', 'z.txt', 'z.txt/whole']);
    expect(walked(dir, { selector: createSelector({ include: ['nope'] }) }).items).toEqual([]);
  });

  test('takes back an absolute path inside an excluded folder', () => {
    const dir = tree(fresh(), { cache: { keep: { a: '1' }, other: '2' }, b: '3' });
    const selector = createSelector({ exclude: ['cache', `!${dir}/cache/keep`] });
    expect(walked(dir, { selector }).paths).toEqual(['b', 'cache', 'cache/keep', 'cache/keep/a']);
  });

  test('may leave out a root', () => {
    const dir = tree(fresh(), { a: '1', b: '2' });
    const roots = [Buffer.from(`${dir}/a`), Buffer.from(`${dir}/b`)];
    const keys = roots.map((root) => toPathKey(root));
    const selector = createSelector({ exclude: ['a'], roots: keys });
    expect(walked(dir, { roots, selector }).paths).toEqual(['b']);
  });
});

describe('a marked folder', () => {
  const signature = 'Signature: 8a477f597d28d172789f06886806bc55\n# more';
  const content = { cache: { 'CACHEDIR.TAG': signature, a: '1', d: { e: '2' } }, f: '3' };

  test('keeps only its cache tag', () => {
    const dir = tree(fresh(), content);
    const found = walked(dir, { excludeCaches: true, reportExcluded: true });
    expect(found.paths).toEqual(['cache', 'cache/CACHEDIR.TAG', 'f']);
    expect(found.excluded).toEqual(['cache cache']);
    expect(walked(dir).paths).toHaveLength(6);
  });

  test.each([
    ['a wrong signature', 'Signature: 8a477f597d28d172789f06886806bc56'],
    ['a short tag', 'Signature: 8a477f'],
    ['a link as tag', symlink('/etc/passwd')],
    ['a folder as tag', {}],
  ])('is an ordinary one with %s', (_, tag: Tree[string]) => {
    const dir = tree(fresh(), { cache: { 'CACHEDIR.TAG': tag, a: '1' } });
    const { paths } = walked(dir, { excludeCaches: true });
    expect(paths).toEqual(['cache', 'cache/CACHEDIR.TAG', 'cache/a']);
  });

  test('keeps only the marker, whatever that is', () => {
    const dir = tree(fresh(), {
      a: { '.nobackup': '', x: '1' },
      b: { '.skip': {}, x: '2' },
      c: '3',
    });
    const found = walked(dir, { excludeIfPresent: ['.nobackup', '.skip'], reportExcluded: true });
    expect(found.paths).toEqual(['a', 'a/.nobackup', 'b', 'b/.skip', 'c']);
    expect(found.excluded).toEqual(['marker a', 'marker b']);
  });
});

test('files over a size are left out, and only files', () => {
  const dir = tree(fresh(), { big: '12345', fits: '1234', d: {}, l: symlink('a long target') });
  const found = walked(dir, { excludeLargerThanBytes: 4, reportExcluded: true });
  expect(found.paths).toEqual(['d', 'fits', 'l']);
  expect(found.excluded).toEqual(['size big']);
});

describe.runIf(canSeeMounts)('one file system', () => {
  const roots = [Buffer.from('/dev')];

  test('keeps a mount point as an empty folder', () => {
    const inside = execFileSync('mktemp', ['-p', '/dev/shm']).toString().trim();
    try {
      const found = walked('/dev', { roots, oneFileSystem: true, reportExcluded: true });
      expect(found.paths).toContain('shm');
      expect(found.paths).not.toContain(inside.slice('/dev/'.length));
      expect(found.excluded).toContain('file-system shm');
      expect(walked('/dev', { roots }).paths).toContain(inside.slice('/dev/'.length));
    } finally {
      execFileSync('rm', [inside]);
    }
  });

  test('includes a mount point, or a path in it, that is named itself', () => {
    const inside = execFileSync('mktemp', ['-d', '-p', '/dev/shm']).toString().trim();
    try {
      tree(inside, { wanted: { a: '1' }, other: '2' });
      const name = inside.slice('/dev/'.length);
      const oneFileSystem = true;
      const mount = [...roots, Buffer.from('/dev/shm')];
      expect(walked('/dev', { roots: mount, oneFileSystem }).paths).toContain(`${name}/wanted/a`);
      const part = [...roots, Buffer.from(`${inside}/wanted`)];
      const { paths } = walked('/dev', { roots: part, oneFileSystem });
      expect(paths.filter((path) => path.startsWith(`${name}/`))).toEqual([
        `${name}/wanted`,
        `${name}/wanted/a`,
      ]);
      expect(paths.filter((path) => path === 'shm' || path === name)).toEqual(['shm', name]);
    } finally {
      execFileSync('rm', ['-r', inside]);
    }
  });
});
