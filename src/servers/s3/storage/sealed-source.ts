/**
 * Where the sealed bytes of an extent come from: its file, or the catalog.
 * @module
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { systemCode } from '../../../base/failure.ts';

export interface SealedSource {
  /**
   * Exactly that many bytes from there, or undefined where there are fewer.
   * Valid until the read after the next one is asked for.
   */
  read(position: number, length: number): Promise<Buffer | undefined>;
  close(): Promise<void>;
}

/** Never through a symlink, never waiting for the writer of a planted FIFO. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** @returns undefined where there is no such file */
export async function openSealedFile(path: string): Promise<SealedSource | undefined> {
  try {
    return new SealedFile(await open(path, FLAGS));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

export function sealedBytesInMemory(bytes: Buffer): SealedSource {
  return {
    read: async (position, length) => {
      const end = position + length;
      return end <= bytes.length ? bytes.subarray(position, end) : undefined;
    },
    close: async () => undefined,
  };
}

/** Reads into two buffers in turn: one is worked off while the other is filled. */
class SealedFile implements SealedSource {
  readonly #handle: FileHandle;
  #filled = Buffer.alloc(0);
  #free = Buffer.alloc(0);

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async read(position: number, length: number): Promise<Buffer | undefined> {
    const buffer = this.#free.length >= length ? this.#free : Buffer.allocUnsafeSlow(length);
    this.#free = this.#filled;
    this.#filled = buffer;
    let done = 0;
    while (done < length) {
      const { bytesRead } = await this.#handle.read(buffer, done, length - done, position + done);
      if (bytesRead === 0) return undefined;
      done += bytesRead;
    }
    return buffer.subarray(0, length);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
