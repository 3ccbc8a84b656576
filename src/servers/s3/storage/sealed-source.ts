/**
 * Where the sealed bytes of an extent come from: its file, or the catalog.
 * @module
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { systemCode } from '../../../base/failure.ts';

export interface SealedSource {
  /** Fills `into` with the bytes from there on. @returns false where there are fewer */
  read(position: number, into: Buffer): Promise<boolean>;
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
    read: async (position, into) => bytes.copy(into, 0, position) === into.length,
    close: async () => undefined,
  };
}

class SealedFile implements SealedSource {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async read(position: number, into: Buffer): Promise<boolean> {
    let done = 0;
    while (done < into.length) {
      const left = into.length - done;
      const { bytesRead } = await this.#handle.read(into, done, left, position + done);
      if (bytesRead === 0) return false;
      done += bytesRead;
    }
    return true;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
