import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FileWriter } from '../../../src/files/restore/file-writer.ts';
import { MetadataWriter } from '../../../src/files/restore/metadata/metadata-writer.ts';
import { loadNativeCalls } from '../../../src/files/restore/metadata/native-calls.ts';
import { currentIdentity } from '../../../src/files/restore/metadata/owners.ts';
import { placeSpecial } from '../../../src/files/restore/make-special.ts';
import { TargetTree } from '../../../src/files/restore/target-tree.ts';
import { EntryType } from '../../../src/format/entry.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { codeOf } from './code-of.ts';

const folder = temporaryFolder();
const target = join(folder, 'target');
const outside = join(folder, 'outside');
const fds: number[] = [];
const trees: TargetTree[] = [];

beforeEach(() => {
  for (const path of [target, outside]) {
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path);
  }
});

afterEach(() => {
  for (const tree of trees.splice(0)) tree.close();
  for (const fd of fds.splice(0)) closeSync(fd);
});

function newTree(byHandle: boolean, openFolders = 128): TargetTree {
  const fd = openSync(target, 'r');
  fds.push(fd);
  const tree = new TargetTree({ path: Buffer.from(target), fd }, { byHandle, openFolders });
  trees.push(tree);
  return tree;
}

const key = (path: string) => Buffer.from(path.replaceAll('/', '\0'));
const write = (tree: TargetTree, path: string) => writeFileSync(tree.place(key(path)).path, path);
const metadata = new MetadataWriter({
  owner: false,
  identity: currentIdentity(),
  native: loadNativeCalls(),
});
const plain = { mode: 0o644, uid: 0, gid: 0, mtimeSec: 1, mtimeNs: 2, xattrs: [] };

describe.each([
  ['by handle', true],
  ['by looking at paths', false],
])('a target tree %s', (_, byHandle) => {
  test('reaches every folder below the target', () => {
    mkdirSync(join(target, 'a/b/c'), { recursive: true });
    const tree = newTree(byHandle);
    for (const path of ['f', 'a/f', 'a/b/c/f', 'a/b/f', 'a/b/c/g']) write(tree, path);
    expect(readFileSync(join(target, 'a/b/c/f'), 'utf8')).toBe('a/b/c/f');
    expect(readdirSync(join(target, 'a/b')).sort()).toEqual(['c', 'f']);
  });

  test('keeps few folders open, and reaches all the same', () => {
    const tree = newTree(byHandle, 8);
    const before = readdirSync('/proc/self/fd').length;
    for (let i = 0; i < 50; i++) {
      mkdirSync(join(target, `d${i}/e`), { recursive: true });
      write(tree, `d${i}/e/f`);
    }
    for (let i = 0; i < 50; i++) write(tree, `d${i}/g`);
    expect(readdirSync('/proc/self/fd').length - before).toBeLessThanOrEqual(8);
    expect(readFileSync(join(target, 'd17/e/f'), 'utf8')).toBe('d17/e/f');
  });

  test.each(['..', '.', 'a//b', 'a/../b', ''])('refuses the path %j', (path) => {
    mkdirSync(join(target, 'a'));
    const tree = newTree(byHandle);
    expect(() => tree.place(key(path))).toThrow(/not usable/);
  });

  test('refuses links on the way, also ones that lead to a folder inside', () => {
    mkdirSync(join(target, 'real'));
    symlinkSync('real', join(target, 'link'));
    symlinkSync(outside, join(target, 'out'));
    const tree = newTree(byHandle);
    for (const path of ['link/f', 'out/f', 'link/../f'])
      expect(codeOf(() => write(tree, path))).toBe('files/unsafe');
    expect(readdirSync(outside)).toEqual([]);
    expect(readdirSync(join(target, 'real'))).toEqual([]);
  });

  test('is not led outside by a folder that becomes a link after it was opened', () => {
    mkdirSync(join(target, 'd'));
    const tree = newTree(byHandle);
    write(tree, 'd/before');
    renameSync(join(target, 'd'), join(target, 'moved'));
    symlinkSync(outside, join(target, 'd'));
    const code = codeOf(() => write(tree, 'd/after'));
    expect(readdirSync(outside)).toEqual([]);
    if (byHandle) expect(readdirSync(join(target, 'moved')).sort()).toEqual(['after', 'before']);
    else expect(code).toBe('files/unsafe');
  });

  test('forgets a folder that was replaced', () => {
    mkdirSync(join(target, 'd/e'), { recursive: true });
    const tree = newTree(byHandle);
    write(tree, 'd/e/old');
    rmSync(join(target, 'd'), { recursive: true });
    tree.forget(key('d'));
    mkdirSync(join(target, 'd/e'), { recursive: true });
    write(tree, 'd/e/new');
    expect(readdirSync(join(target, 'd/e'))).toEqual(['new']);
  });

  test('writes whole files, special files and metadata', () => {
    mkdirSync(join(target, 'd'));
    const tree = newTree(byHandle);
    const writer = new FileWriter(tree, metadata);
    const goal = { size: 5, sparse: false, inPlace: false, fresh: false, metadata: plain };
    expect(writer.writeWhole({ ...goal, path: key('d/f') }, Buffer.from('hello'))).toEqual([]);
    const link = { type: EntryType.symlink, target: Buffer.from('f'), rdevMajor: 0, rdevMinor: 0 };
    const place = { ...link, path: key('d/l'), exists: false, metadata: plain };
    expect(placeSpecial(tree, place, metadata)).toEqual([]);
    expect(placeSpecial(tree, { ...place, exists: true }, metadata)).toEqual([]);
    const pipe = { ...place, type: EntryType.fifo, path: key('d/p') };
    expect(placeSpecial(tree, pipe, metadata)).toEqual([]);
    const socket = { ...place, type: EntryType.socket, path: key('d/s') };
    expect(placeSpecial(tree, socket, metadata)).toEqual([]);
    expect(readFileSync(join(target, 'd/l'), 'utf8')).toBe('hello');
    expect(readdirSync(join(target, 'd')).sort()).toEqual(['f', 'l', 'p', 's']);
    expect(statSync(join(target, 'd/f'), { bigint: true }).mtimeNs).toBe(1_000_000_002n);
    expect(statSync(join(target, 'd/p')).isFIFO()).toBe(true);
  });
});
