/**
 * A store with copies at hand: index files, snapshots and metadata packs, which never change and are named at
 * random, are fetched once. What is there, the store itself says: only what it lists is ever asked for, and what
 * it no longer lists is forgotten. The copies are sealed, as in the store; a caller that finds one damaged says
 * so (`distrust`), and gets the store's own.
 * @module
 */
import type { StorableBytes } from '../../base/brand.ts';
import { deleteMany } from '../delete-many.ts';
import { throwIfInterrupted } from '../outcome.ts';
import type {
  ByteRange,
  DeleteOutcome,
  GetOptions,
  ObjectStore,
  PutOptions,
  StoreCapabilities,
  StoredObject,
  VersionedObjects,
} from '../port.ts';
import type { CachedObject, CacheFolder } from './cache-folder.ts';

const CACHED = /^(index|snapshots|meta)\/(?:[0-9a-f]{2}\/)?([0-9a-f]{32})$/;
const ROOMS = ['index', 'snapshots', 'meta'] as const;
/** Parts that are no longer than this (headers) do not count as a reason to fetch the whole. */
const SMALL_PART_BYTES = 4096;
const PARTS_BEFORE_WHOLE = 3;

export class CachingStore implements ObjectStore {
  readonly #store: ObjectStore;
  readonly #copied: typeof cachedObject;
  #folder: CacheFolder | undefined;
  /** What was listed before there was a folder, by room. */
  readonly #listed = new Map<string, ReadonlySet<string>>();
  /** How many parts of which objects were fetched. */
  readonly #parts = new Map<string, number>();
  readonly #wholes = new Map<string, Promise<Uint8Array>>();

  /** @param copied which objects copies are kept of */
  constructor(store: ObjectStore, copied = cachedObject) {
    this.#store = store;
    this.#copied = copied;
  }

  /** From now on copies are kept, and taken, there. (Its name is known when the vault is open.) */
  async use(folder: CacheFolder): Promise<void> {
    this.#folder = folder;
    for (const [room, ids] of this.#listed) await folder.keepOnly(room, ids);
    this.#listed.clear();
  }

  get location(): string {
    return this.#store.location;
  }

  get capabilities(): StoreCapabilities {
    return this.#store.capabilities;
  }

  async put(key: string, body: StorableBytes, options: PutOptions = {}): Promise<void> {
    await this.#store.put(key, body, options);
    const object = this.#copied(key);
    const folder = this.#folder;
    if (!object || !folder) return;
    // What had the name before, if anything, is not there any more.
    await folder.remove(object);
    await folder.write(object, body);
  }

  async get(key: string, options: GetOptions = {}): Promise<Uint8Array> {
    const object = this.#copied(key);
    const folder = this.#folder;
    if (!object || !folder || folder.isBroken) return this.#store.get(key, options);
    throwIfInterrupted(options.signal);
    const copy = await folder.read(object, options.range);
    if (copy) return copy;
    return options.range
      ? this.#fetchPart(folder, object, key, options.range, options)
      : this.#fetch(folder, object, key, options);
  }

  async #fetch(
    folder: CacheFolder,
    object: CachedObject,
    key: string,
    options: GetOptions,
  ): Promise<Uint8Array> {
    const bytes = await this.#store.get(key, options);
    await folder.write(object, bytes, options.range);
    return bytes;
  }

  /** Whoever asks for part after part goes through all of it: then it is fetched in one piece. */
  async #fetchPart(
    folder: CacheFolder,
    object: CachedObject,
    key: string,
    range: ByteRange,
    options: GetOptions,
  ): Promise<Uint8Array> {
    const parts = (this.#parts.get(key) ?? 0) + (range.length > SMALL_PART_BYTES ? 1 : 0);
    this.#parts.set(key, parts);
    if (parts < PARTS_BEFORE_WHOLE) return this.#fetch(folder, object, key, options);
    let fetching = this.#wholes.get(key);
    if (!fetching) {
      fetching = this.#fetch(folder, object, key, { signal: options.signal });
      this.#wholes.set(key, fetching);
      fetching.finally(() => this.#wholes.delete(key)).catch(() => undefined);
    }
    const whole = await fetching;
    const { offset, length } = range;
    // Too short: what that means, the store says.
    if (offset + length > whole.length) return this.#store.get(key, options);
    return new Uint8Array(whole.subarray(offset, offset + length));
  }

  head(key: string, signal?: AbortSignal): Promise<StoredObject | undefined> {
    return this.#store.head(key, signal);
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncGenerator<StoredObject> {
    const rooms = ROOMS.filter((room) => `${room}/`.startsWith(prefix));
    const found = new Map(rooms.map((room) => [room as string, new Set<string>()]));
    for await (const object of this.#store.list(prefix, signal)) {
      const known = rooms.length > 0 ? cachedObject(object.key) : undefined;
      if (known) found.get(known.room)?.add(known.id);
      yield object;
    }
    for (const [room, ids] of found) {
      if (this.#folder) await this.#folder.keepOnly(room, ids);
      else this.#listed.set(room, ids);
    }
  }

  async delete(key: string, signal?: AbortSignal): Promise<void> {
    await this.#store.delete(key, signal);
    await this.distrust(key);
  }

  async deleteMany(keys: Iterable<string>, signal?: AbortSignal): Promise<DeleteOutcome> {
    const all = Array.from(keys);
    const outcome = await deleteMany(this.#store, all, signal);
    for (const key of all) await this.distrust(key);
    return outcome;
  }

  /** A copy of what was not the first version is found to be damaged, if it is. */
  get versions(): VersionedObjects | undefined {
    return this.#store.versions;
  }

  async distrust(key: string): Promise<boolean> {
    const object = this.#copied(key);
    const removed = object ? await this.#folder?.remove(object) : 0;
    return removed !== undefined && removed > 0;
  }

  sweep(olderThanMs: number, signal?: AbortSignal): Promise<number> {
    return this.#store.sweep(olderThanMs, signal);
  }

  async close(): Promise<void> {
    await this.#store.close();
    await this.#folder?.trim();
  }
}

/** Index files, snapshots and metadata packs. */
function cachedObject(key: string): CachedObject | undefined {
  const [, room, id] = CACHED.exec(key) ?? [];
  return room === undefined || id === undefined ? undefined : { room, id };
}
