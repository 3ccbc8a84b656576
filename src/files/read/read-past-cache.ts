/**
 * Reads a file that is too large for the page cache without it (`O_DIRECT`, Linux). Such a file is not in the cache,
 * or not much of it; reading it through the cache would push everything else out, and cost more than all else we do
 * with its bytes where the system has to find fresh memory for them first (decision 0011).
 * @module
 */
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { platform, totalmem } from 'node:os';
import { systemCode } from '../../base/failure.ts';
import { PAGE_BYTES } from '../../base/page-memory.ts';

/** Reads at a position of a file; 0 at its end. */
type Read = (target: Uint8Array, position: number) => number;

/** Whether a file of that length fills the better part of this machine's memory. */
export function isTooLargeForCache(fileBytes: number): boolean {
  return platform() === 'linux' && fileBytes >= totalmem() / 2;
}

/**
 * Lends `use` a reader of the open file `fd`. Where the file system cannot do it, or a stretch does not begin on a page
 * of both the file and the memory, `otherwise` reads.
 * @param limit the length of the file
 */
export function withReaderPastCache<T>(
  fd: number,
  limit: number,
  otherwise: Read,
  use: (read: Read) => T,
): T {
  let direct = openDirect(fd);
  const read = (target: Uint8Array, position: number): number => {
    const bytes = wholePages(target, position, limit);
    if (direct === undefined || bytes === 0) return otherwise(target, position);
    try {
      const got = readSync(direct, target, 0, bytes, position);
      return Math.min(got, Math.max(0, limit - position));
    } catch {
      // Perhaps it cannot, perhaps a sector is bad: the ordinary way tells.
      closeSync(direct);
      direct = undefined;
      return otherwise(target, position);
    }
  };
  try {
    return use(read);
  } finally {
    if (direct !== undefined) closeSync(direct);
  }
}

/** How many bytes can go directly into `target`: to the end of the page in which the file ends. */
function wholePages(target: Uint8Array, position: number, limit: number): number {
  if (position % PAGE_BYTES !== 0 || target.byteOffset % PAGE_BYTES !== 0) return 0;
  const wanted = Math.ceil(Math.max(0, limit - position) / PAGE_BYTES) * PAGE_BYTES;
  return Math.min(wanted, target.length - (target.length % PAGE_BYTES));
}

/** The same open file once more: its path may lead elsewhere by now. */
function openDirect(fd: number): number | undefined {
  const path = `/proc/self/fd/${fd}`;
  const flags = constants.O_RDONLY | constants.O_DIRECT;
  try {
    return openSync(path, flags | constants.O_NOATIME);
  } catch (error) {
    if (systemCode(error) !== 'EPERM') return undefined;
  }
  try {
    return openSync(path, flags);
  } catch {
    return undefined;
  }
}
