/**
 * The folder in which extents have their files: `data/<last two characters of the id>/<id>`.
 * @module
 */
import { mkdir, open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

const FAN_OUT = 256;
const FOLDER_MODE = 0o700;

/** The names of folders in it: 00 to ff. */
export const FOLDER_NAMES: readonly string[] = Array.from({ length: FAN_OUT }, (_, i) => {
  return i.toString(16).padStart(2, '0');
});

export class DataFolder {
  readonly #path: string;
  /** Open, to be synced: one for each folder that was written to. */
  readonly #folders = new Map<string, Promise<FileHandle>>();
  /** Waiting for a sync that begins later than their file was made. */
  readonly #nextSync = new Map<string, Promise<void>>();
  readonly #running = new Map<string, Promise<void>>();

  /** @param folder of the server */
  constructor(folder: string) {
    this.#path = join(folder, 'data');
  }

  get path(): string {
    return this.#path;
  }

  /** @param id 32 characters of hex, made by us */
  fileOf(id: string): string {
    return join(this.folderOf(id.slice(-2)), id);
  }

  folderOf(name: string): string {
    return join(this.#path, name);
  }

  /** Makes what is missing, durably. */
  async make(): Promise<void> {
    for (const name of FOLDER_NAMES)
      await mkdir(this.folderOf(name), { recursive: true, mode: FOLDER_MODE });
    for (const path of [this.#path, join(this.#path, '..')]) {
      await using folder = await open(path, 'r');
      await folder.sync();
    }
  }

  /** Makes the name of a new file durable. Those who wait at the same time share a sync. */
  async syncNameOf(id: string): Promise<void> {
    const name = id.slice(-2);
    const waiting = this.#nextSync.get(name);
    if (waiting !== undefined) return waiting;
    const next = this.#syncAfter(name, this.#running.get(name));
    this.#nextSync.set(name, next);
    return next;
  }

  async #syncAfter(name: string, before: Promise<void> | undefined): Promise<void> {
    await before?.catch(() => undefined);
    const running = this.#sync(name);
    this.#running.set(name, running);
    this.#nextSync.delete(name);
    await running;
  }

  async #sync(name: string): Promise<void> {
    const opened = this.#folders.get(name) ?? open(this.folderOf(name), 'r');
    this.#folders.set(name, opened);
    await (await opened).sync();
  }

  /** Takes a file away, if it is there. */
  async remove(id: string): Promise<void> {
    await rm(this.fileOf(id), { force: true });
  }

  async close(): Promise<void> {
    const opened = [...this.#folders.values()];
    this.#folders.clear();
    for (const folder of opened) await (await folder).close();
  }
}
