/**
 * A store in a directory of a local or mounted file system: one file an object, keys as paths.
 * Writers leave `.tmp-…` files when they are killed; nobody takes those for objects, `sweep`
 * removes them.
 * @module
 */
import { lstat, open, readdir, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { posix } from 'node:path';
import { join } from 'node:path';
import type { StorableBytes } from '../base/brand.ts';
import { asBuffer } from '../base/bytes.ts';
import { AppError, systemCode } from '../base/failure.ts';
import { mapConcurrent } from '../base/flow.ts';
import { MiB } from '../base/units.ts';
import { READ_FLAGS, readPastCache } from './directory/direct-read.ts';
import { systemFailure } from './directory/system-failure.ts';
import { ignoring, syncFolder, VaultFolder } from './directory/vault-folder.ts';
import { writeDurably } from './directory/write-durably.ts';
import type { ByteLimits } from './limit.ts';
import { checkedKey, checkedPrefix, TEMPORARY_PREFIX } from './object-key.ts';
import { allocateObject, checkRange, endsEarly, throwIfInterrupted } from './outcome.ts';
import type {
  GetOptions,
  ObjectStore,
  PutOptions,
  StoreCapabilities,
  StoredObject,
} from './port.ts';

const READ_SLICE_BYTES = 8 * MiB;
const STATS_AT_ONCE = 16;

interface FoundFile {
  readonly key: string;
  readonly path: string;
}

/** Objects as files below one directory, which `put` makes where it is missing. */
export class DirectoryStore implements ObjectStore {
  readonly location: string;
  readonly capabilities: StoreCapabilities = { conditionalPut: true };
  readonly #vault: VaultFolder;
  readonly #limits: ByteLimits;

  constructor(path: string, limits: ByteLimits = {}) {
    this.#vault = new VaultFolder(path);
    this.location = this.#vault.path;
    this.#limits = limits;
  }

  async put(key: string, body: StorableBytes, options: PutOptions = {}): Promise<void> {
    checkedKey(key);
    await this.#try(`write ${key} to`, options.signal, async () => {
      const folder = await this.#vault.ready(folderOf(key));
      await writeDurably(folder, posix.basename(key), asBuffer(body), {
        ifAbsent: options.ifAbsent ?? false,
        signal: options.signal,
        throttle: this.#limits.upload,
      });
    });
  }

  async get(key: string, options: GetOptions = {}): Promise<Uint8Array> {
    checkedKey(key);
    const { range, signal, into } = options;
    if (range) checkRange(range);
    return this.#try(`read ${key} from`, signal, async () => {
      const file = await this.#fileOf(key);
      const direct = this.#limits.download ? undefined : await readPastCache(file, options);
      if (direct) return direct;
      const handle = await open(file, READ_FLAGS);
      try {
        const stats = await handle.stat();
        if (!stats.isFile()) throw new AppError('store/rejected', `${key} is not a plain file`);
        const { offset, length } = range ?? { offset: 0, length: stats.size };
        if (offset + length > stats.size) throw endsEarly(this.location, key, { offset, length });
        const bytes = allocateObject(this.location, key, length, into);
        const got = await this.#fill(handle, bytes, offset, signal);
        if (got !== length) throw endsEarly(this.location, key, { offset, length });
        return bytes;
      } finally {
        await handle.close();
      }
    });
  }

  async head(key: string, signal?: AbortSignal): Promise<StoredObject | undefined> {
    checkedKey(key);
    return this.#try(`look at ${key} in`, signal, async () => {
      try {
        return await describe({ key, path: await this.#fileOf(key) });
      } catch (error) {
        return ignoring('ENOENT')(error);
      }
    });
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncGenerator<StoredObject> {
    checkedPrefix(prefix);
    const files = this.#walk(prefix.slice(0, -1), signal);
    const objects = filtered(files, (name) => !name.startsWith(TEMPORARY_PREFIX));
    for await (const object of mapConcurrent(objects, STATS_AT_ONCE, describe)) {
      if (object) yield object;
    }
  }

  async delete(key: string, signal?: AbortSignal): Promise<void> {
    checkedKey(key);
    await this.#try(`delete ${key} from`, signal, async () => {
      try {
        await unlink(await this.#fileOf(key));
        await syncFolder(await this.#vault.existing(folderOf(key)));
      } catch (error) {
        ignoring('ENOENT')(error);
      }
    });
  }

  async sweep(olderThanMs: number, signal?: AbortSignal): Promise<number> {
    let removed = 0;
    const files = this.#walk('', signal);
    for await (const file of filtered(files, (name) => name.startsWith(TEMPORARY_PREFIX))) {
      await this.#try(`remove ${file.key} from`, signal, async () => {
        const stats = await lstat(file.path).catch(ignoring('ENOENT'));
        if (!stats || stats.mtimeMs >= olderThanMs) return;
        await unlink(file.path).catch(ignoring('ENOENT'));
        removed++;
      });
    }
    return removed;
  }

  async close(): Promise<void> {}

  async #fileOf(key: string): Promise<string> {
    return join(await this.#vault.existing(folderOf(key)), posix.basename(key));
  }

  async #fill(
    handle: FileHandle,
    bytes: Buffer,
    offset: number,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    const throttle = this.#limits.download;
    const slice = throttle?.sliceBytes ?? READ_SLICE_BYTES;
    let at = 0;
    while (at < bytes.length) {
      throwIfInterrupted(signal);
      const length = Math.min(slice, bytes.length - at);
      await throttle?.take(length, signal);
      const { bytesRead } = await handle.read(bytes, at, length, offset + at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    return at;
  }

  /**
   * Every plain file below a folder, temporary ones too; symlinks are neither followed nor named.
   */
  async *#walk(folder: string, signal: AbortSignal | undefined): AsyncGenerator<FoundFile> {
    const entries = await this.#try(`list ${folder === '' ? 'what is' : folder} in`, signal, () =>
      this.#entries(folder),
    );
    for (const entry of entries) {
      throwIfInterrupted(signal);
      const key = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) yield* this.#walk(key, signal);
      else if (entry.isFile()) yield { key, path: join(entry.parentPath, entry.name) };
    }
  }

  async #entries(folder: string) {
    try {
      return await readdir(await this.#vault.existing(folder), { withFileTypes: true });
    } catch (error) {
      // A folder that is not there holds no objects.
      if (systemCode(error) === 'ENOENT') return [];
      throw error;
    }
  }

  async #try<T>(doing: string, signal: AbortSignal | undefined, work: () => Promise<T>) {
    throwIfInterrupted(signal);
    try {
      return await work();
    } catch (error) {
      throw systemFailure(error, `${doing} ${this.location}`);
    }
  }
}

function folderOf(key: string): string {
  const folder = posix.dirname(key);
  return folder === '.' ? '' : folder;
}

async function* filtered(
  files: AsyncIterable<FoundFile>,
  wanted: (name: string) => boolean,
): AsyncGenerator<FoundFile> {
  for await (const file of files) if (wanted(posix.basename(file.key))) yield file;
}

async function describe(file: FoundFile): Promise<StoredObject | undefined> {
  const stats = await lstat(file.path).catch(ignoring('ENOENT'));
  if (!stats?.isFile()) return undefined;
  return { key: file.key, sizeBytes: stats.size, modifiedMs: stats.mtimeMs };
}
