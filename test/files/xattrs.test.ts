import { execFileSync, spawnSync } from 'node:child_process';
import { userInfo } from 'node:os';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../../src/format/entry.ts';
import { loadXattrReader } from '../../src/files/walk/read-xattrs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { rawName, symlink, tree } from '../support/tree.ts';
import { entryOf, walked } from './walk-fixture.ts';

const base = temporaryFolder();
let count = 0;
const fresh = (): string => `${base}/${count++}`;
const xattrs = loadXattrReader();
const isRoot = userInfo().uid === 0;

function set(path: string, name: string, value: string): boolean {
  return spawnSync('setfattr', ['-h', '-n', name, '-v', value, path]).status === 0;
}

const canSet = xattrs !== undefined && set(tree(fresh(), {}), 'user.probe', '1');
const hasAcl = canSet && spawnSync('setfacl', ['--version']).status === 0;

function attributesOf(entry: Entry): Record<string, string> {
  const pairs = entry.xattrs.map(({ name, value }) => [
    Buffer.from(name).toString(),
    Buffer.from(value).toString('latin1'),
  ]);
  return Object.fromEntries(pairs) as Record<string, string>;
}

describe.runIf(canSet)('extended attributes', () => {
  test('come with files and folders, binary, empty, and sorted by name', () => {
    const dir = tree(fresh(), { f: 'x', d: {}, plain: 'x' });
    set(`${dir}/f`, 'user.z', '0x00ff');
    set(`${dir}/f`, 'user.a', '');
    set(`${dir}/d`, 'user.d', 'folder');
    const found = walked(dir, { xattrs });
    expect(Object.entries(attributesOf(entryOf(found, 'f')))).toEqual([
      ['user.a', ''],
      ['user.z', '\0\xff'],
    ]);
    expect(attributesOf(entryOf(found, 'd'))).toEqual({ 'user.d': 'folder' });
    expect(entryOf(found, 'plain').xattrs).toEqual([]);
    expect(entryOf(walked(dir), 'f').xattrs).toEqual([]);
  });

  test('are found, and not found, alike by the first read and by the twenty-thousandth', () => {
    const dir = tree(fresh(), { f: 'x', plain: 'x', l: symlink('f') });
    set(`${dir}/f`, 'user.a', '1');
    const reader = loadXattrReader();
    for (let i = 0; i < 20_000; i++) {
      const name = i % 10 === 0 ? 'f' : i % 2 === 0 ? 'l' : 'plain';
      if (reader?.read(`${dir}/${name}`).length !== (name === 'f' ? 1 : 0)) {
        expect.unreachable(`read ${i} of ${name}`);
      }
    }
    expect(() => reader?.read(`${dir}/gone`)).toThrow();
  });

  test.runIf(isRoot)('of all name spaces are read as root, and of a link its own', () => {
    const dir = tree(fresh(), { f: 'x', l: symlink('f') });
    set(`${dir}/f`, 'user.of-file', '1');
    const isSet = set(`${dir}/f`, 'trusted.t', '2') && set(`${dir}/l`, 'trusted.of-link', '3');
    const found = walked(dir, { xattrs });
    if (!isSet) return;
    expect(attributesOf(entryOf(found, 'f'))).toEqual({ 'trusted.t': '2', 'user.of-file': '1' });
    expect(attributesOf(entryOf(found, 'l'))).toEqual({ 'trusted.of-link': '3' });
  });

  test.runIf(hasAcl)('hold POSIX ACLs, also the defaults of a folder', () => {
    const dir = tree(fresh(), { f: 'x', d: {} });
    execFileSync('setfacl', ['-m', 'u:12345:rw', `${dir}/f`]);
    execFileSync('setfacl', ['-d', '-m', 'g:54321:r', `${dir}/d`]);
    const found = walked(dir, { xattrs });
    const acl = attributesOf(entryOf(found, 'f'))['system.posix_acl_access'] ?? '';
    // version 2; then tag, permissions and id of each entry: a named user (2) may rw (6)
    const entry = Buffer.from('0200060039300000', 'hex').toString('latin1');
    expect(acl.startsWith('\x02\0\0\0')).toBe(true);
    expect(acl).toContain(entry);
    expect(Object.keys(attributesOf(entryOf(found, 'd')))).toEqual(['system.posix_acl_default']);
  });

  test('reach below and of folders whose names are not UTF-8, and say where they do not', () => {
    const dir = tree(fresh(), { [rawName('d\xff')]: { in: 'x', [rawName('\xfe')]: 'x' } });
    const script = `cd $'d\\xff' && setfattr -n user.dir -v 1 . && setfattr -n user.in -v 2 in`;
    execFileSync('bash', ['-c', script], { cwd: dir });
    const found = walked(dir, { xattrs });
    expect(attributesOf(entryOf(found, 'd\ufffd'))).toEqual({ 'user.dir': '1' });
    expect(attributesOf(entryOf(found, 'd\ufffd/in'))).toEqual({ 'user.in': '2' });
    expect(found.problems).toHaveLength(1);
    expect(found.problems[0]).toMatch(/^warning unsupported .* not UTF-8/);
  });

  test('that fail to be read are a warning, and the file is kept', () => {
    const dir = tree(fresh(), { f: 'x' });
    const failing = {
      read: () => {
        throw new Error('no luck');
      },
    };
    const found = walked(dir, { xattrs: failing });
    expect(found.paths).toEqual(['f']);
    expect(found.problems.at(-1)).toMatch(/^warning unreadable f: .*no luck/);
  });
});

test('file systems without attributes have none', () => {
  expect(xattrs?.read('/proc/self/status') ?? []).toEqual([]);
});
