/**
 * Copies of small stored objects, and of parts of objects, in a folder of this user. They are as they lie in
 * the store, sealed. Nothing here is needed: whatever goes wrong counts as "not there", and several
 * processes may use and clear one folder at the same time.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { lstat, mkdir, open, readdir, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asBuffer, toHex } from '../../base/bytes.ts';
import { READ_FLAGS } from '../directory/direct-read.ts';
import { TEMPORARY_PREFIX } from '../object-key.ts';
import type { ByteRange } from '../port.ts';

/** A file's time says when it was last used; more exactly than this it need not be known. */
const TOUCH_MS = 60 * 60 * 1000;
const ABANDONED_MS = 24 * 60 * 60 * 1000;
/** When it is too full, it is emptied to this share, so that not every run has to look. */
const TRIM_SHARE = 0.9;

const TAG_NAME = 'CACHEDIR.TAG';
const TAG = 'Signature: 8a477f597d28d172789f06886806bc55\n# Copies that cybs3 can do without.\n';

/** An object: the room of the vault it is in, and its id, which is the start of its files' names. */
export interface CachedObject {
  readonly room: string;
  readonly id: string;
}

export class CacheFolder {
  readonly #path: string;
  readonly #bytesMax: number;
  readonly #nowMs: () => number;
  readonly #ready = new Map<string, Promise<unknown>>();
  #isBroken = false;
  #hasWritten = false;

  /** @param path made when it is first needed */
  constructor(path: string, bytesMax: number, nowMs: () => number) {
    this.#path = path;
    this.#bytesMax = bytesMax;
    this.#nowMs = nowMs;
  }

  /** Something could not be written: there is no use in trying any more. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** The copy of an object, or of a part of it (which may be cut out of the whole), if there is one. */
  async read(object: CachedObject, range?: ByteRange): Promise<Uint8Array | undefined> {
    const whole = await this.#readFile(this.#fileOf(object), range);
    if (whole || !range) return whole;
    const part = await this.#readFile(this.#fileOf(object, range));
    return part?.length === range.length ? part : undefined;
  }

  async #readFile(path: string, range?: ByteRange): Promise<Uint8Array | undefined> {
    try {
      const handle = await open(path, READ_FLAGS);
      try {
        const stats = await handle.stat();
        const { offset, length } = range ?? { offset: 0, length: stats.size };
        if (!stats.isFile() || offset + length > stats.size) return undefined;
        const bytes = Buffer.allocUnsafeSlow(length);
        const { bytesRead } = await handle.read(bytes, 0, length, offset);
        const now = this.#nowMs();
        if (now - stats.mtimeMs > TOUCH_MS) await handle.utimes(now / 1000, now / 1000);
        return bytesRead === length ? bytes : undefined;
      } finally {
        await handle.close();
      }
    } catch {
      return undefined;
    }
  }

  /** Keeps a copy; the bytes are the caller's again when this resolves, which it always does. */
  async write(object: CachedObject, bytes: Uint8Array, range?: ByteRange): Promise<void> {
    if (this.#isBroken || bytes.length > this.#bytesMax) return;
    const temporary = this.#fileOf({
      ...object,
      id: TEMPORARY_PREFIX + toHex(randomBytes(8)),
    });
    try {
      await this.#makeRoom(object.room);
      // Not synced: of what a power cut leaves behind, the seals tell.
      await writeFile(temporary, asBuffer(bytes), { flag: 'wx', mode: 0o600 });
      await rename(temporary, this.#fileOf(object, range));
      this.#hasWritten = true;
    } catch {
      this.#isBroken = true;
      await unlink(temporary).catch(() => undefined);
    }
  }

  /** Removes all copies of an object. @returns how many there were */
  async remove({ room, id }: CachedObject): Promise<number> {
    return this.#removeWhere(room, (name) => name.startsWith(id));
  }

  /** Removes the copies of objects in a room that are not among `ids`. */
  async keepOnly(room: string, ids: ReadonlySet<string>): Promise<void> {
    await this.#removeWhere(room, (name) => {
      return !name.startsWith(TEMPORARY_PREFIX) && !ids.has(name.split('-')[0] ?? '');
    });
  }

  /** After writing: removes what was used least recently where it has become too much. */
  async trim(): Promise<void> {
    if (!this.#hasWritten) return;
    const files = await this.#allFiles();
    const now = this.#nowMs();
    let total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    const goal = total > this.#bytesMax ? this.#bytesMax * TRIM_SHARE : total;
    for (const { path, bytes, usedMs, isTemporary } of files.sort((a, b) => a.usedMs - b.usedMs)) {
      const isAbandoned = isTemporary && now - usedMs > ABANDONED_MS;
      if (total <= goal && !isAbandoned) continue;
      await unlink(path).catch(() => undefined);
      total -= bytes;
    }
  }

  async #allFiles() {
    const files: { path: string; bytes: number; usedMs: number; isTemporary: boolean }[] = [];
    for (const room of await namesIn(this.#path)) {
      for (const name of await namesIn(join(this.#path, room))) {
        const path = join(this.#path, room, name);
        const stats = await lstat(path).catch(() => undefined);
        if (!stats?.isFile()) continue;
        const isTemporary = name.startsWith(TEMPORARY_PREFIX);
        files.push({ path, bytes: stats.size, usedMs: stats.mtimeMs, isTemporary });
      }
    }
    return files;
  }

  async #removeWhere(room: string, isUnwanted: (name: string) => boolean): Promise<number> {
    const folder = join(this.#path, room);
    const names = (await namesIn(folder)).filter(isUnwanted);
    for (const name of names) await unlink(join(folder, name)).catch(() => undefined);
    return names.length;
  }

  #makeRoom(room: string): Promise<unknown> {
    const known = this.#ready.get(room);
    if (known) return known;
    const making = mkdir(join(this.#path, room), { recursive: true, mode: 0o700 }).then(() =>
      writeFile(join(this.#path, TAG_NAME), TAG, { flag: 'wx', mode: 0o600 }).catch(
        () => undefined,
      ),
    );
    this.#ready.set(room, making);
    return making;
  }

  #fileOf({ room, id }: CachedObject, range?: ByteRange): string {
    const name = range ? `${id}-${range.offset}-${range.length}` : id;
    return join(this.#path, room, name);
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
