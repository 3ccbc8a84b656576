/** Small files come into being the same way, whichever calls make them. */
import {
  closeSync,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FileWriter } from '../../../src/files/restore/file-writer.ts';
import { MetadataWriter } from '../../../src/files/restore/metadata/metadata-writer.ts';
import type { Metadata } from '../../../src/files/restore/metadata/metadata-writer.ts';
import { loadNativeCalls } from '../../../src/files/restore/metadata/native-calls.ts';
import type { NativeCalls } from '../../../src/files/restore/metadata/native-calls.ts';
import type { NativeFiles } from '../../../src/files/restore/metadata/native-files.ts';
import { currentIdentity } from '../../../src/files/restore/metadata/owners.ts';
import { partName } from '../../../src/files/restore/part-name.ts';
import { TargetTree } from '../../../src/files/restore/target-tree.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { codeOf } from './code-of.ts';

const target = join(temporaryFolder(), 'target');
const isRoot = currentIdentity()?.isRoot === true;
let fd = -1;
let tree: TargetTree;

beforeEach(() => {
  mkdirSync(join(target, 'd'), { recursive: true });
});

afterEach(() => {
  tree.close();
  closeSync(fd);
  rmSync(target, { recursive: true });
});

const plain: Metadata = { mode: 0o640, uid: 0, gid: 0, mtimeSec: 5, mtimeNs: 7, xattrs: [] };
const goalOf = (name: Uint8Array, size: number, metadata: Partial<Metadata> = {}) => ({
  path: Buffer.concat([Buffer.from('d\0'), name]),
  size,
  sparse: false,
  inPlace: false,
  fresh: true,
  metadata: { ...plain, ...metadata },
});

function newWriter(native: NativeCalls | undefined, byHandle = true, owner = false): FileWriter {
  fd = openSync(target, 'r');
  tree = new TargetTree({ path: Buffer.from(target), fd }, { byHandle });
  return new FileWriter(tree, new MetadataWriter({ owner, identity: currentIdentity(), native }));
}

const native = loadNativeCalls();
const { files } = native ?? {};

const withoutFiles = native && { ...native, files: undefined };

describe.each([
  ['by native calls', native, true],
  ['by calls of Node', withoutFiles, true],
  ['by looking at paths', native, false],
])('small files %s', (_, calls, byHandle) => {
  const write = (name: Uint8Array | string, content: string, more: Partial<Metadata> = {}) => {
    const bytes = Buffer.from(content);
    const goal = goalOf(Buffer.from(name), bytes.length, more);
    return newWriter(calls, byHandle).writeWhole(goal, bytes);
  };

  test('have their content, mode and time', () => {
    expect(write('f', 'content')).toEqual([]);
    expect(readFileSync(join(target, 'd/f'), 'utf8')).toBe('content');
    const { mode, mtimeNs } = statSync(join(target, 'd/f'), { bigint: true });
    expect(Number(mode) & 0o7777).toBe(0o640);
    expect(mtimeNs).toBe(5_000_000_007n);
    expect(readdirSync(join(target, 'd'))).toEqual(['f']);
  });

  test('may be empty, or have holes', () => {
    expect(write('empty', '')).toEqual([]);
    expect(statSync(join(target, 'd/empty')).size).toBe(0);
    tree.close();
    closeSync(fd);
    const content = Buffer.alloc(100_000);
    content.write('in the middle', 50_000);
    const goal = { ...goalOf(Buffer.from('holes'), content.length), sparse: true };
    expect(newWriter(calls, byHandle).writeWhole(goal, content)).toEqual([]);
    expect(readFileSync(join(target, 'd/holes')).equals(content)).toBe(true);
    expect(statSync(join(target, 'd/holes')).blocks).toBeLessThan(100);
  });

  test('may have names that are long, or not text', () => {
    const long = Buffer.alloc(255, 0x78);
    expect(write(long, 'long')).toEqual([]);
    tree.close();
    closeSync(fd);
    const odd = Buffer.from([0x61, 0xff, 0xfe]);
    expect(write(odd, 'odd')).toEqual([]);
    const names = readdirSync(join(target, 'd'), { encoding: 'buffer' });
    expect(names.toSorted((a, b) => a.compare(b))).toEqual([odd, long]);
  });

  test('take the place of what is there, and leave its other names alone', () => {
    writeFileSync(join(target, 'd/f'), 'old');
    linkSync(join(target, 'd/f'), join(target, 'other'));
    expect(write('f', 'new')).toEqual([]);
    expect(readFileSync(join(target, 'd/f'), 'utf8')).toBe('new');
    expect(readFileSync(join(target, 'other'), 'utf8')).toBe('old');
  });

  test('are not written through what has the name of the part file', () => {
    writeFileSync(join(target, 'other'), 'foreign');
    const part = join(target, 'd', String(partName(Buffer.from('f'))));
    symlinkSync('../other', part);
    expect(write('f', 'one')).toEqual([]);
    tree.close();
    closeSync(fd);
    linkSync(join(target, 'other'), part);
    expect(write('f', 'two')).toEqual([]);
    expect(readFileSync(join(target, 'd/f'), 'utf8')).toBe('two');
    expect(readFileSync(join(target, 'other'), 'utf8')).toBe('foreign');
    expect(statSync(join(target, 'other')).nlink).toBe(1);
    expect(readdirSync(join(target, 'd'))).toEqual(['f']);
  });

  test('leave nothing where they cannot have their name', () => {
    mkdirSync(join(target, 'd/f/g'), { recursive: true });
    const before = readdirSync('/proc/self/fd').length;
    expect(codeOf(() => write('f', 'content'))).toBe('EISDIR');
    tree.close();
    expect(readdirSync('/proc/self/fd').length).toBe(before + 1);
    expect(readdirSync(join(target, 'd'))).toEqual(['f']);
  });

  test('keep no setuid bit that goes with another owner', () => {
    const foreign = { mode: 0o6755, uid: 12_345, gid: 12_345 };
    expect(write('f', 'content', foreign)).toEqual([]);
    expect(statSync(join(target, 'd/f')).mode & 0o7777).toBe(0o755);
  });

  test.runIf(isRoot)('get their owner, and then their setuid bit', () => {
    const goal = goalOf(Buffer.from('f'), 1, { mode: 0o6755, uid: 12_345, gid: 12_346 });
    const writer = newWriter(calls, byHandle, true);
    expect(writer.writeWhole(goal, Buffer.from('x'))).toEqual([]);
    const { uid, gid, mode } = statSync(join(target, 'd/f'));
    expect([uid, gid, mode & 0o7777]).toEqual([12_345, 12_346, 0o6755]);
  });

  test.runIf(isRoot)('do not become ours for an owner that cannot be', () => {
    const goal = goalOf(Buffer.from('f'), 1, { mode: 0o4755, uid: 2 ** 32, gid: 12_346 });
    const problems = newWriter(calls, byHandle, true).writeWhole(goal, Buffer.from('x'));
    expect(problems).toMatchObject([{ severity: 'error', reason: 'owner' }]);
    expect(statSync(join(target, 'd/f')).mode & 0o7777).toBe(0o755);
  });
});

describe.runIf(files !== undefined)('native calls that fail', () => {
  /** @param broken takes the place of some */
  const writerWith = (broken: Partial<NativeFiles>): FileWriter =>
    newWriter({ ...(native as NativeCalls), files: { ...(files as NativeFiles), ...broken } });
  const fails = (code: string) => () => {
    throw Object.assign(new Error('as told'), { code });
  };
  const content = Buffer.from('content');
  const goal = goalOf(Buffer.from('f'), content.length);

  test.each(['write', 'rename'] as const)('leave no part file, and close it once: %s', (call) => {
    const closed: number[] = [];
    const close = (number: number): void => {
      expect(fstatSync(number).isFile()).toBe(true);
      closed.push(number);
      files?.close(number);
    };
    const writer = writerWith({ [call]: fails('ENOSPC'), close });
    expect(codeOf(() => writer.writeWhole(goal, content))).toBe('ENOSPC');
    expect(closed).toHaveLength(1);
    expect(readdirSync(join(target, 'd'))).toEqual([]);
  });

  test('are told where the file cannot be made', () => {
    const writer = writerWith({ create: fails('EROFS') });
    expect(codeOf(() => writer.writeWhole(goal, content))).toBe('EROFS');
  });

  test('to set mode and owner are problems of a file that is there', () => {
    const broken = { ...(files as NativeFiles), changeMode: fails('EIO') };
    const writer = newWriter({ ...(native as NativeCalls), files: broken });
    expect(writer.writeWhole(goal, content)).toMatchObject([{ severity: 'error', reason: 'mode' }]);
    expect(readFileSync(join(target, 'd/f'), 'utf8')).toBe('content');
  });
});
