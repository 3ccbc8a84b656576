/**
 * Reads a stretch of a big file past the page cache (`O_DIRECT`, Linux). Packs are written past it, so they are
 * not in it, and reading them through it costs more than opening them where the system has to find fresh
 * memory for it first (decision 0011).
 * @module
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { platform } from 'node:os';
import { PAGE_BYTES, cannotPassCache } from '../../base/page-memory.ts';
import { MiB } from '../../base/units.ts';
import { throwIfInterrupted } from '../outcome.ts';
import type { GetOptions } from '../port.ts';

/** Not through a symlink, and never waiting for the writer of a planted FIFO. */
export const READ_FLAGS =
  constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Below this, what the cache may have read ahead is worth more. */
const WORTH_IT_BYTES = MiB / 2;
/** How much comes from the disk between two looks at the signal. */
const SLICE_BYTES = 8 * MiB;
/**
 * @param path a file that may be anything: only a plain one is read
 * @returns the bytes asked for, in `into`; `undefined` where they cannot be had this way, or not all of them
 * @throws system errors; AppError `interrupted`
 */
export async function readPastCache(
  path: string,
  { range, into, signal }: GetOptions,
): Promise<Uint8Array | undefined> {
  if (platform() !== 'linux' || !into || into.byteOffset % PAGE_BYTES !== 0) return undefined;
  if (range && range.length < WORTH_IT_BYTES) return undefined;
  try {
    const handle = await open(path, READ_FLAGS | constants.O_DIRECT);
    try {
      const stats = await handle.stat();
      const { offset, length } = range ?? { offset: 0, length: stats.size };
      if (!stats.isFile() || stats.size < offset + length || length < WORTH_IT_BYTES)
        return undefined;
      const lead = offset % PAGE_BYTES;
      const pages = Math.ceil((lead + length) / PAGE_BYTES) * PAGE_BYTES;
      if (pages > into.length) return undefined;
      const got = await fill(handle, into.subarray(0, pages), offset - lead, signal);
      return got >= lead + length ? into.subarray(lead, lead + length) : undefined;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!cannotPassCache(error)) throw error;
    return undefined;
  }
}

/** @returns how much came; less where the file ends inside the last page */
async function fill(
  handle: FileHandle,
  pages: Uint8Array,
  position: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  let done = 0;
  while (done < pages.length) {
    throwIfInterrupted(signal);
    const length = Math.min(SLICE_BYTES, pages.length - done);
    const { bytesRead } = await handle.read(pages, done, length, position + done);
    done += bytesRead;
    if (bytesRead === 0 || bytesRead % PAGE_BYTES !== 0) break;
  }
  return done;
}
