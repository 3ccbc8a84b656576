/**
 * The few system calls that Node lacks, through the optional package `koffi`: times to the
 * nanosecond, device nodes, and extended attributes by open file (names are bytes); and those that
 * make small files faster than Node's. Everything has a way without it.
 *
 * Why: `fs.utimes` takes seconds as a double, which near today's date is exact to about 240 ns
 * only, and replaces times before 1970 by the present one. A call here costs about 0.5 µs.
 * @module
 */
import { platform } from 'node:os';
import type { CLibrary } from '../../libc.ts';
import { cString, withCLibrary } from '../../libc.ts';
import { nativeFiles } from './native-files.ts';
import type { NativeFiles } from './native-files.ts';

/** Every path is a NUL-free path of the operating system; failures are errors with a `code`. */
export interface NativeCalls {
  setTimes(fd: number, seconds: number, nanoseconds: number): void;
  /** Of a path's last component itself, never of what a symlink points to. */
  setPathTimes(path: Uint8Array, seconds: number, nanoseconds: number): void;
  /** Absent where only the commands `mkfifo` and `mknod` can. */
  readonly makeNode?: (path: Uint8Array, mode: number, major: number, minor: number) => void;
  readonly setXattr?: (fd: number, name: Uint8Array, value: Uint8Array) => void;
  readonly setPathXattr?: (path: Uint8Array, name: Uint8Array, value: Uint8Array) => void;
  /** Absent where Node's own calls are to be used. */
  readonly files?: NativeFiles | undefined;
}

let loaded: NativeCalls | undefined | null = null;

/**
 * Loads the calls once a thread; `undefined` where the package or the platform does not have them.
 */
export function loadNativeCalls(): NativeCalls | undefined {
  if (loaded === null) loaded = withCLibrary(callsOf);
  return loaded;
}

function callsOf(libc: CLibrary): NativeCalls {
  return platform() === 'linux' ? { ...timeCalls(libc), ...linuxCalls(libc) } : timeCalls(libc);
}

function timeCalls(libc: CLibrary): NativeCalls {
  const futimens = libc.func('int futimens(int, void *)');
  const utimensat = libc.func('int utimensat(int, void *, void *, int)');
  const onLinux = platform() === 'linux';
  const atWorkingFolder = onLinux ? -100 : -2;
  const noFollow = onLinux ? 0x100 : 0x20;
  const times = new BigInt64Array(4);
  // The access time is not ours to set: UTIME_OMIT.
  times[1] = onLinux ? 0x3fff_fffen : -2n;
  const fill = (seconds: number, nanoseconds: number): BigInt64Array => {
    times[2] = BigInt(seconds);
    times[3] = BigInt(nanoseconds);
    return times;
  };
  return {
    setTimes: (fd, seconds, nanoseconds) => {
      if (futimens(fd, fill(seconds, nanoseconds)) !== 0) throw libc.error('futimens');
    },
    setPathTimes: (path, seconds, nanoseconds) => {
      const done = utimensat(atWorkingFolder, cString(path), fill(seconds, nanoseconds), noFollow);
      if (done !== 0) throw libc.error('utimensat');
    },
  };
}

function linuxCalls(libc: CLibrary): Partial<NativeCalls> {
  const mknod = libc.func('int mknod(void *, uint32_t, uint64_t)');
  const fsetxattr = libc.func('int fsetxattr(int, void *, void *, size_t, int)');
  const lsetxattr = libc.func('int lsetxattr(void *, void *, void *, size_t, int)');
  return {
    makeNode: (path, mode, major, minor) => {
      if (mknod(cString(path), mode, linuxDevice(major, minor)) !== 0) throw libc.error('mknod');
    },
    setXattr: (fd, name, value) => {
      if (fsetxattr(fd, cString(name), value, value.length, 0) !== 0) throw libc.error('fsetxattr');
    },
    setPathXattr: (path, name, value) => {
      if (lsetxattr(cString(path), cString(name), value, value.length, 0) !== 0)
        throw libc.error('lsetxattr');
    },
    files: nativeFiles(libc),
  };
}

/** `makedev` of glibc: the low bits of both numbers stay where 16-bit devices had them. */
function linuxDevice(major: number, minor: number): bigint {
  const [a, b] = [BigInt(major), BigInt(minor)];
  return ((a & 0xfffn) << 8n) | (b & 0xffn) | ((b & ~0xffn) << 12n) | ((a & ~0xfffn) << 32n);
}
