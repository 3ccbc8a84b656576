/**
 * Writes the file of an extent.
 *
 * It has its final name from the beginning and is never renamed: the name is random and nobody looks for it before
 * the catalog names it, which it does only after the file and its name are on disk. A crash before leaves a file that
 * nobody names; the next start sweeps it away.
 *
 * What is big goes past the page cache where the system can do that (`O_DIRECT`): it is written once and not read
 * soon, and the copy into the cache costs more than sealing it.
 * @module
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { platform } from 'node:os';
import { copyBytes } from '../../../base/copy-bytes.ts';
import { PAGE_BYTES } from '../../../base/page-memory.ts';
import { releaseBytes } from '../../../base/release-bytes.ts';
import { MiB } from '../../../base/units.ts';
import type { DataFolder } from './data-folder.ts';
import { BATCH_BYTES } from './write-memory.ts';
import type { Slot, WriteMemory } from './write-memory.ts';

/** After so much the system is made to begin writing: else the last sync of a huge file takes minutes. */
const SYNC_EVERY_BYTES = 64 * MiB;
const FLAGS =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
const FILE_MODE = 0o600;

export interface ExtentFilePlace {
  readonly data: DataFolder;
  readonly memory: WriteMemory;
  readonly id: string;
}

export class ExtentFile {
  readonly #place: ExtentFilePlace;
  readonly #handle: FileHandle;
  /** Null: this file, or this system, does without. */
  #direct: FileHandle | null | undefined;
  #slot: Slot;
  #filled = 0;
  #writing: Promise<void> = Promise.resolve();
  #written = 0;
  #unsynced = 0;

  private constructor(place: ExtentFilePlace, handle: FileHandle) {
    this.#place = place;
    this.#handle = handle;
    this.#slot = place.memory.take();
  }

  /** @throws system errors */
  static async create(place: ExtentFilePlace): Promise<ExtentFile> {
    const handle = await open(place.data.fileOf(place.id), FLAGS, FILE_MODE);
    return new ExtentFile(place, handle);
  }

  /** Takes sealed bytes, of at most one segment since it was last not full, and the memory they are in. */
  readonly take = (sealed: Buffer): void => {
    copyBytes(sealed, this.#slot.bytes, this.#filled);
    this.#filled += sealed.length;
    releaseBytes(sealed);
  };

  get isFull(): boolean {
    return this.#filled >= BATCH_BYTES;
  }

  /** Begins to write what gathered, once what was begun before is written. @throws system errors, also of that */
  async flush(): Promise<void> {
    await this.#writing;
    const full = this.#slot;
    const rest = full.bytes.subarray(BATCH_BYTES, this.#filled);
    this.#slot = this.#place.memory.take();
    copyBytes(rest, this.#slot.bytes, 0);
    this.#filled = rest.length;
    this.#writing = this.#writeBatch(full);
    // Whoever waits for it next sees the error.
    this.#writing.catch(() => undefined);
  }

  /** Writes the rest and makes all of it durable. @throws system errors */
  async finish(): Promise<void> {
    await this.#writing;
    await this.#writeAll(this.#slot, this.#filled);
    // The size of a new file counts as needed to read it: it is synced, too.
    await this.#handle.datasync();
    await this.#close();
    await this.#place.data.syncNameOf(this.#place.id);
  }

  /** Takes it away, whatever its state. */
  async abandon(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await this.#close().catch(() => undefined);
    await this.#place.data.remove(this.#place.id).catch(() => undefined);
  }

  async #close(): Promise<void> {
    this.#place.memory.give(this.#slot);
    await this.#direct?.close();
    await this.#handle.close();
  }

  async #writeBatch(slot: Slot): Promise<void> {
    try {
      if (this.#direct === undefined) this.#direct = await this.#openDirect();
      await this.#writeAll(slot, BATCH_BYTES);
    } finally {
      this.#place.memory.give(slot);
    }
    if (this.#unsynced < SYNC_EVERY_BYTES) return;
    this.#unsynced = 0;
    await this.#handle.datasync();
  }

  /** Whole pages directly, the rest, and what the system does not take so, through the cache. */
  async #writeAll(slot: Slot, length: number): Promise<void> {
    let at = 0;
    while (at < length) {
      const pages = Math.floor((length - at) / PAGE_BYTES) * PAGE_BYTES;
      const isOnPage = at % PAGE_BYTES === 0 && this.#written % PAGE_BYTES === 0;
      const direct = slot.isAligned && isOnPage && pages > 0 ? this.#direct : undefined;
      const handle = direct ?? this.#handle;
      const count = direct ? pages : length - at;
      const { bytesWritten } = await handle.write(slot.bytes, at, count, this.#written);
      at += bytesWritten;
      this.#written += bytesWritten;
      this.#unsynced += bytesWritten;
    }
  }

  async #openDirect(): Promise<FileHandle | null> {
    if (platform() !== 'linux' || !this.#slot.isAligned) return null;
    const path = this.#place.data.fileOf(this.#place.id);
    // Some file systems cannot do it: nothing is lost but speed.
    return open(path, constants.O_WRONLY | constants.O_DIRECT).catch(() => null);
  }
}
