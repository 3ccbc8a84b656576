/** The calls that make small files quickly do what Node's own would, and fail as they do. */
import {
  closeSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { CLibrary } from '../../../src/files/libc.ts';
import { loadNativeCalls } from '../../../src/files/restore/metadata/native-calls.ts';
import { nativeFiles } from '../../../src/files/restore/metadata/native-files.ts';
import type { NativeFiles } from '../../../src/files/restore/metadata/native-files.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { codeOf } from './code-of.ts';

const here = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch);
const top = temporaryFolder();
const folder = openSync(top, 'r');
afterAll(() => closeSync(folder));

const calls = (): NativeFiles => {
  const files = loadNativeCalls()?.files;
  if (!files) throw new Error('they should be there');
  return files;
};

test.runIf(!here)('are left to Node elsewhere', () => {
  expect(loadNativeCalls()?.files).toBeUndefined();
});

describe.runIf(here)('native calls for files', () => {
  test('make a file of ours alone, which no command inherits', () => {
    const { create, close } = calls();
    const fd = create(folder, Buffer.from('new'));
    expect(fstatSync(fd).mode & 0o7777).toBe(0o600);
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'));
    expect(Number.parseInt(flags?.[1] ?? '', 8) & 0o2000003).toBe(0o2000002);
    close(fd);
    expect(codeOf(() => close(1_000_000))).toBe('EBADF');
  });

  test('refuse names that are taken, also by links to nowhere and to folders', () => {
    writeFileSync(join(top, 'file'), 'kept');
    symlinkSync('elsewhere', join(top, 'dangling'));
    symlinkSync('.', join(top, 'to folder'));
    mkdirSync(join(top, 'folder'));
    for (const name of ['file', 'dangling', 'to folder', 'folder'])
      expect(codeOf(() => calls().create(folder, Buffer.from(name)))).toBe('EEXIST');
    expect(readFileSync(join(top, 'file'), 'utf8')).toBe('kept');
    expect(readdirSync(top)).not.toContain('elsewhere');
  });

  test('take names of any bytes, as long as they may be', () => {
    const { create, rename, close } = calls();
    const names = [
      Buffer.from([0xff, 0xfe, 0x41]),
      Buffer.alloc(255, 0x78),
      Buffer.from('-'),
      Buffer.from(' \n'),
    ];
    for (const name of names) {
      close(create(folder, Buffer.from('part')));
      rename(folder, Buffer.from('part'), name);
      expect(lstatSync(Buffer.concat([Buffer.from(`${top}/`), name])).isFile()).toBe(true);
    }
    const listed = readdirSync(top, { encoding: 'buffer' });
    for (const name of names) expect(listed.some((other) => other.equals(name))).toBe(true);
    expect(listed.map(String)).not.toContain('part');
  });

  test('write what is handed to them, wherever it lies in memory', () => {
    const { create, write, close } = calls();
    const shared = new Uint8Array(new SharedArrayBuffer(64), 9, 7);
    shared.set(Buffer.from('shared '));
    const fd = create(folder, Buffer.from('content'));
    write(fd, Buffer.from('not this|view ').subarray(9));
    write(fd, new Uint8Array(0));
    write(fd, shared);
    write(fd, new Uint8Array(Buffer.alloc(300_000, 'x')));
    close(fd);
    const content = readFileSync(join(top, 'content'), 'utf8');
    expect(content).toBe(`view shared ${'x'.repeat(300_000)}`);
  });

  test('fail with the code of the system', () => {
    const { create, write, rename, changeMode, changeOwner, close } = calls();
    const name = Buffer.from('name');
    expect(codeOf(() => create(folder, Buffer.alloc(256, 0x78)))).toBe('ENAMETOOLONG');
    expect(codeOf(() => rename(folder, Buffer.from('not there'), name))).toBe('ENOENT');
    expect(codeOf(() => create(1_000_000, name))).toBe('EBADF');
    expect(codeOf(() => changeMode(1_000_000, 0o644))).toBe('EBADF');
    expect(codeOf(() => changeOwner(1_000_000, -1, -1))).toBe('EBADF');
    const full = openSync('/dev/full', 'r+');
    expect(codeOf(() => write(full, Buffer.from('x')))).toBe('ENOSPC');
    expect(codeOf(() => create(full, name))).toBe('ENOTDIR');
    closeSync(full);
    mkdirSync(join(top, 'gone'));
    const gone = openSync(join(top, 'gone'), 'r');
    rmdirSync(join(top, 'gone'));
    expect(codeOf(() => create(gone, name))).toBe('ENOENT');
    close(gone);
  });

  test('never take a number that does not fit for another owner', () => {
    const { create, changeOwner, changeMode, close } = calls();
    const fd = create(folder, Buffer.from('owned'));
    const before = fstatSync(fd);
    for (const id of [2 ** 32, 2 ** 53, -2])
      for (const [uid, gid] of [[id, -1] as const, [-1, id] as const])
        expect(codeOf(() => changeOwner(fd, uid, gid))).toBe('EINVAL');
    changeOwner(fd, -1, -1);
    changeMode(fd, 0o4751);
    const { uid, gid, mode } = fstatSync(fd);
    expect([uid, gid, mode & 0o7777]).toEqual([before.uid, before.gid, 0o4751]);
    close(fd);
  });
});

/** A C library whose calls give, one after another, what they are told: errors are negative. */
function library(results: Readonly<Record<string, number[]>>) {
  const made: string[] = [];
  let failure = 0;
  const numbers = { EINTR: 4, EIO: 5, EINPROGRESS: 115 };
  const libc: CLibrary = {
    numbers,
    errno: () => failure,
    error: (call) => Object.assign(new Error(call), { code: failure === 5 ? 'EIO' : 'other' }),
    func: (prototype) => {
      const name = /(\w+)\(/.exec(prototype)?.[1] ?? '';
      return (...values) => {
        made.push(name === 'write' ? `write ${String(values[1])}` : name);
        const result = results[name]?.shift() ?? 0;
        failure = -Math.min(result, 0);
        return result < 0 ? -1 : result;
      };
    },
  };
  return { libc, made };
}

describe.runIf(here)('calls that are cut off', () => {
  test('are made again, and writes go on where they stopped', () => {
    const { libc, made } = library({
      openat: [-4, -4, 7],
      write: [-4, 2, -4, 3, 1],
      fchown: [-4],
      fchmod: [-4],
      renameat: [-4],
    });
    const files = nativeFiles(libc);
    expect(files?.create(3, Buffer.from('f'))).toBe(7);
    files?.write(7, Buffer.from('abcdef'));
    files?.changeOwner(7, 1, 1);
    files?.changeMode(7, 0o644);
    files?.rename(3, Buffer.from('f'), Buffer.from('g'));
    expect(made).toEqual([
      'openat',
      'openat',
      'openat',
      'write abcdef',
      'write abcdef',
      'write cdef',
      'write cdef',
      'write f',
      'fchown',
      'fchown',
      'fchmod',
      'fchmod',
      'renameat',
      'renameat',
    ]);
  });

  test('leave a file closed, which is not closed twice', () => {
    const { libc, made } = library({ close: [-4, -115, -5] });
    const files = nativeFiles(libc);
    files?.close(7);
    files?.close(8);
    expect(codeOf(() => files?.close(9))).toBe('EIO');
    expect(made).toEqual(['close', 'close', 'close']);
  });
});
