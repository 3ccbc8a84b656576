/**
 * Writes long stretches of files past the page cache (`O_DIRECT`, Linux): the copy into the cache costs more than all
 * else a restore does with the bytes where the system has to find fresh memory for it first, and pushes out what
 * people work with (decision 0011).
 * @module
 */
import { closeSync, constants, openSync, statfsSync, writeSync } from 'node:fs';
import { platform } from 'node:os';
import { PAGE_BYTES, cannotPassCache } from '../../base/page-memory.ts';
import { MiB } from '../../base/units.ts';
import { writeFully } from './write-bytes.ts';

/** Below this, a trip to the disk takes longer than the copy. */
const WORTH_IT_BYTES = 2 * MiB;
/** `BTRFS_SUPER_MAGIC` (statfs(2)): it compresses only what goes through the cache, and may be full without that. */
const BTRFS = 0x9123683e;

/** An open file, and the same one opened for writing past the cache. */
export class DirectFile {
  readonly fd: number;
  /** Undefined: not opened yet. -1: it cannot be. */
  #direct: number | undefined;

  /** @param fd stays the caller's */
  constructor(fd: number) {
    this.fd = fd;
  }

  /**
   * Writes all of `bytes`: its whole pages directly, where they are many and lie on pages of the memory as they do
   * on pages of the file, and what is left the ordinary way.
   * @throws Error with the errno of `write`, such as `ENOSPC`
   */
  write(bytes: Uint8Array, position: number): void {
    const head = (PAGE_BYTES - (position % PAGE_BYTES)) % PAGE_BYTES;
    const pages = Math.max(0, bytes.length - head) & ~(PAGE_BYTES - 1);
    const isAligned = (bytes.byteOffset + head) % PAGE_BYTES === 0;
    if (pages < WORTH_IT_BYTES || !isAligned) return writeFully(this.fd, bytes, position);
    writeFully(this.fd, bytes.subarray(0, head), position);
    const done = head + this.#writePages(bytes.subarray(head, head + pages), position + head);
    writeFully(this.fd, bytes.subarray(done), position + done);
  }

  /** @returns how much of it is written: where it cannot go directly, not all */
  #writePages(pages: Uint8Array, position: number): number {
    this.#direct ??= openDirect(this.fd);
    let done = 0;
    try {
      // After a short write that ends inside a page, the rest could not go directly.
      while (this.#direct >= 0 && done < pages.length && done % PAGE_BYTES === 0) {
        done += writeSync(this.#direct, pages, done, pages.length - done, position + done);
      }
    } catch (error) {
      if (!cannotPassCache(error)) throw error;
      this.close();
      this.#direct = -1;
    }
    return done;
  }

  /** Not `fd`. It is opened again where need be. */
  close(): void {
    const direct = this.#direct;
    this.#direct = undefined;
    if (direct !== undefined && direct >= 0) closeSync(direct);
  }
}

/** The same open file once more: its path may lead elsewhere by now. @returns -1 where that cannot be */
function openDirect(fd: number): number {
  if (platform() !== 'linux') return -1;
  const path = `/proc/self/fd/${fd}`;
  try {
    if (statfsSync(path).type === BTRFS) return -1;
    return openSync(path, constants.O_WRONLY | constants.O_DIRECT);
  } catch {
    return -1;
  }
}
