/**
 * Keeps some of the disk free, so that on a full one there is room left to delete something.
 * @module
 */
import { statfs } from 'node:fs/promises';
import { MiB } from '../../../base/units.ts';
import { noRoom } from './disk-failure.ts';

/** How much may be written at most between two looks at the disk. */
const UNSEEN_BYTES_MAX = 64 * MiB;

export class DiskRoom {
  readonly #path: string;
  readonly #reserveBytes: number;
  readonly #freeInside: () => number;
  /** How much may be written before the next look. */
  #unseenBytes = 0;

  /** @param freeInside bytes that can be written without the disk getting fuller */
  constructor(path: string, reserveBytes: number, freeInside: () => number = () => 0) {
    this.#path = path;
    this.#reserveBytes = reserveBytes;
    this.#freeInside = freeInside;
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#path);
    return bavail * bsize;
  }

  /** @throws S3Error `InsufficientStorage` where less is free than is kept */
  async assertSome(): Promise<void> {
    if (this.#unseenBytes > 0) return;
    const spare = (await this.freeBytes()) - this.#reserveBytes + this.#freeInside();
    if (spare <= 0) throw noRoom();
    // Others write, too: the closer to the end, the more often it looks.
    this.#unseenBytes = Math.min(spare / 4, UNSEEN_BYTES_MAX);
  }

  /** That much was written. */
  took(bytes: number): void {
    this.#unseenBytes -= bytes;
  }
}
