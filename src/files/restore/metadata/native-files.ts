/**
 * What makes a small file, by calls of the C library that take a folder's handle and a name in it.
 *
 * Why: a restore of many small files is these calls and little else. With Node's own, the system
 * finds its way to a name through `/proc/self/fd` each time, and each call goes through more
 * layers: making a file takes a third less without.
 * @module
 */
import { constants } from 'node:fs';
import { arch, platform } from 'node:os';
import type { CLibrary } from '../../libc.ts';
import { cString } from '../../libc.ts';

/**
 * Names are NUL-free and have no slash. Failures are errors with a `code`; a call that a signal
 * interrupts is made again.
 */
export interface NativeFiles {
  /**
   * A new file that only we may read and write, open for both. @throws `EEXIST` where the name is
   * taken, be it by a link that leads nowhere
   */
  readonly create: (folder: number, name: Uint8Array) => number;
  /** All of it, from where the file's position is. */
  readonly write: (fd: number, bytes: Uint8Array) => void;
  /** -1 leaves the owner, or the group, as it is. */
  readonly changeOwner: (fd: number, uid: number, gid: number) => void;
  readonly changeMode: (fd: number, mode: number) => void;
  /** Both names in that folder. */
  readonly rename: (folder: number, from: Uint8Array, to: Uint8Array) => void;
  /** Never a second time: the number may be another file's by then. */
  readonly close: (fd: number) => void;
}

/** Not in `fs.constants`, and not inherited by the commands we run. The same wherever we use it. */
const CLOSE_ON_EXEC = 0o2000000;
/** `openat` may be called as if it had no `...` here. */
const PLAIN_CALLS = new Set(['x64', 'arm64']);
/** What the types of the C library hold; the manifest's numbers may be larger. */
const ID_MAX = 0xffff_ffff;

/** `undefined` where Node's own calls are to be used. */
export function nativeFiles(libc: CLibrary): NativeFiles | undefined {
  if (platform() !== 'linux' || !PLAIN_CALLS.has(arch())) return undefined;
  const openat = libc.func('int openat(int, void *, int, uint32_t)');
  const write = libc.func('long write(int, void *, unsigned long)');
  const fchown = libc.func('int fchown(int, uint32_t, uint32_t)');
  const fchmod = libc.func('int fchmod(int, uint32_t)');
  const renameat = libc.func('int renameat(int, void *, int, void *)');
  const close = libc.func('int close(int)');
  const { EINTR, EINPROGRESS } = libc.numbers;
  const flags =
    constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW | CLOSE_ON_EXEC;
  const throwUnlessInterrupted = (call: string): void => {
    if (libc.errno() !== EINTR) throw libc.error(call);
  };
  return {
    create: (folder, name) => {
      const text = cString(name);
      for (;;) {
        const fd = openat(folder, text, flags, 0o600);
        if (fd >= 0) return fd;
        throwUnlessInterrupted('openat');
      }
    },
    write: (fd, bytes) => {
      for (let rest = bytes; rest.length > 0;) {
        const written = write(fd, rest, rest.length);
        if (written < 0) throwUnlessInterrupted('write');
        else if (written === rest.length) return;
        else rest = rest.subarray(written);
      }
    },
    changeOwner: (fd, uid, gid) => {
      const [user, group] = [idOf(uid), idOf(gid)];
      while (fchown(fd, user, group) !== 0) throwUnlessInterrupted('fchown');
    },
    changeMode: (fd, mode) => {
      while (fchmod(fd, mode) !== 0) throwUnlessInterrupted('fchmod');
    },
    rename: (folder, from, to) => {
      const [old, name] = [cString(from), cString(to)];
      while (renameat(folder, old, folder, name) !== 0) throwUnlessInterrupted('renameat');
    },
    close: (fd) => {
      if (close(fd) === 0) return;
      const number = libc.errno();
      // It is closed all the same.
      if (number !== EINTR && number !== EINPROGRESS) throw libc.error('close');
    },
  };
}

/** A number that does not fit must not become another one, which may be root's. */
function idOf(id: number): number {
  if (id === -1) return ID_MAX;
  if (id >= 0 && id <= ID_MAX) return id;
  throw Object.assign(new Error(`${id} cannot be an owner here`), { code: 'EINVAL' });
}
