/**
 * Modification times to the nanosecond.
 *
 * With the native calls: always exact. Without them, `fs.utimes` is exact for whole seconds since
 * 1970 (most files of a distribution); for the others the command `touch` is run, a few
 * milliseconds each; and where that fails too, the time is off by less than a microsecond, which
 * `set` reports by returning false.
 * @module
 */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  fstatSync,
  futimesSync,
  lstatSync,
  lutimesSync,
  openSync,
} from 'node:fs';
import { platform } from 'node:os';
import type { NativeCalls } from './native-calls.ts';

export interface TimeSetter {
  /** Of an open file or folder. @returns false where the time is not exact */
  set(fd: number, seconds: number, nanoseconds: number): boolean;
  /**
   * Of a path's last component itself: of a link, not of its target. @returns false where not exact
   */
  setPath(path: Buffer, seconds: number, nanoseconds: number): boolean;
}

/** Linux: names a file without opening its content, links and devices included. */
const O_PATH = 0o10000000;
const SECOND = 1_000_000_000n;

/** @param native what `loadNativeCalls` found */
export function createTimeSetter(native: NativeCalls | undefined): TimeSetter {
  if (native) {
    return {
      set: (fd, seconds, nanoseconds) => {
        native.setTimes(fd, seconds, nanoseconds);
        return true;
      },
      setPath: (path, seconds, nanoseconds) => {
        native.setPathTimes(path, seconds, nanoseconds);
        return true;
      },
    };
  }
  return {
    set: (fd, seconds, nanoseconds) => {
      const rounded = asDouble(seconds, nanoseconds);
      futimesSync(fd, rounded, rounded);
      if (isExact(seconds, nanoseconds)) return true;
      return touch(fd, seconds, nanoseconds) && fstatNanoseconds(fd) === nanoseconds;
    },
    setPath: (path, seconds, nanoseconds) => {
      const rounded = asDouble(seconds, nanoseconds);
      lutimesSync(path, rounded, rounded);
      if (isExact(seconds, nanoseconds)) return true;
      return touchPath(path, seconds, nanoseconds);
    },
  };
}

/** Rounded down so that it never becomes the next second. Node takes a negative time for "now". */
function asDouble(seconds: number, nanoseconds: number): number {
  return Math.max(0, seconds + nanoseconds / 1e9);
}

function isExact(seconds: number, nanoseconds: number): boolean {
  return nanoseconds === 0 && seconds >= 0;
}

function fstatNanoseconds(fd: number): number {
  return fractionOf(fstatSync(fd, { bigint: true }).mtimeNs);
}

/** Nanoseconds since the second before, also before 1970. */
function fractionOf(mtimeNs: bigint): number {
  return Number(((mtimeNs % SECOND) + SECOND) % SECOND);
}

function touchPath(path: Buffer, seconds: number, nanoseconds: number): boolean {
  if (platform() !== 'linux') return false;
  const fd = openSync(path, O_PATH | constants.O_NOFOLLOW);
  try {
    if (!touch(fd, seconds, nanoseconds)) return false;
    return fractionOf(lstatSync(path, { bigint: true }).mtimeNs) === nanoseconds;
  } finally {
    closeSync(fd);
  }
}

/** The child reaches the very file through our handle, whatever its name is. */
function touch(fd: number, seconds: number, nanoseconds: number): boolean {
  if (platform() !== 'linux') return false;
  const fraction = String(nanoseconds).padStart(9, '0');
  // Inherited as its fd 3, so that no process number is needed.
  const { status } = spawnSync(
    'touch',
    ['-c', '-m', '-d', secondsText(seconds, nanoseconds, fraction), '/proc/self/fd/3'],
    { stdio: ['ignore', 'ignore', 'ignore', fd] },
  );
  return status === 0;
}

/** `touch` reads `@-1.25` as the number -1.25; ours counts nanoseconds forward from the second. */
function secondsText(seconds: number, nanoseconds: number, fraction: string): string {
  if (seconds >= 0 || nanoseconds === 0) return `@${seconds}.${fraction}`;
  const back = String(1_000_000_000 - nanoseconds).padStart(9, '0');
  return `@${seconds + 1 === 0 ? '-0' : seconds + 1}.${back}`;
}
