/**
 * Paths longer than a system call takes (PATH_MAX, 4096 bytes on Linux). Part of the way is opened
 * as a folder, and the rest is named below `/proc/self/fd/<fd>`. On other systems such paths stay
 * out of reach.
 * @module
 */
import { closeSync, constants, openSync } from 'node:fs';
import { platform } from 'node:os';

/**
 * A folder's path above this many bytes is shortened: a name of 255 bytes and a little more must
 * fit.
 */
export const LONG_PATH_BYTES = 3000;

const SLASH = 0x2f;
const HAS_PROC = platform() === 'linux';
/** Enough to name what is inside: O_PATH needs no read permission on the folder. Linux only. */
const O_PATH = 0o10000000;

/**
 * A folder held open. Its fd must be closed by whoever asked for it, after the last use of `path`.
 */
export interface HeldFolder {
  readonly fd: number;
  /** Names the folder for system calls of any thread of this process, while `fd` is open. */
  readonly path: Buffer;
}

/** True where `holdFolder` works. */
export const canHoldFolders = HAS_PROC;

/**
 * Opens a folder (not through a symbolic link in the last place) so that it has a short path.
 * @throws Error with the errno of `open`
 */
export function holdFolder(path: Buffer): HeldFolder {
  const fd = openSync(path, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  return { fd, path: Buffer.from(`/proc/self/fd/${fd}`) };
}

/**
 * Calls `use` with a path for the same file that is short enough for a system call. `use` must not
 * keep it.
 * @throws Error with the errno of opening a folder on the way, and whatever `use` throws
 */
export function withShortPath<T>(path: Buffer, use: (short: Buffer) => T): T {
  if (path.length <= LONG_PATH_BYTES || !HAS_PROC) return use(path);
  let held: HeldFolder | undefined;
  let rest = path;
  try {
    while (rest.length > LONG_PATH_BYTES) {
      // The prefix of the held folder is short and ends before this slash, as no name has 3000
      // bytes.
      const cut = rest.lastIndexOf(SLASH, LONG_PATH_BYTES);
      const next = holdFolder(rest.subarray(0, cut));
      if (held) closeSync(held.fd);
      held = next;
      rest = Buffer.concat([held.path, rest.subarray(cut)]);
    }
    return use(rest);
  } finally {
    if (held) closeSync(held.fd);
  }
}
