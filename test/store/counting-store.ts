/**
 * A store that notes what is asked of it.
 * @module
 */
import type { StorableBytes } from '../../src/base/brand.ts';
import type { GetOptions, ObjectStore, PutOptions, StoredObject } from '../../src/store/port.ts';

export class CountingStore implements ObjectStore {
  readonly location = 'counted';
  readonly capabilities;
  readonly #store: ObjectStore;
  /** `get key`, `get key 0+96`, `list prefix`, … in the order in which they came. */
  readonly asked: string[] = [];
  /** No answer to a `get` comes before this. */
  gate: Promise<void> | undefined;

  constructor(store: ObjectStore) {
    this.#store = store;
    this.capabilities = store.capabilities;
  }

  /** How many of what was asked starts so; and forgets all of it. */
  take(start = ''): number {
    return this.asked.splice(0).filter((one) => one.startsWith(start)).length;
  }

  put(key: string, body: StorableBytes, options?: PutOptions): Promise<void> {
    this.asked.push(`put ${key}`);
    return this.#store.put(key, body, options);
  }

  async get(key: string, options?: GetOptions): Promise<Uint8Array> {
    const range = options?.range;
    this.asked.push(`get ${key}${range ? ` ${range.offset}+${range.length}` : ''}`);
    await this.gate;
    return this.#store.get(key, options);
  }

  head(key: string, signal?: AbortSignal): Promise<StoredObject | undefined> {
    this.asked.push(`head ${key}`);
    return this.#store.head(key, signal);
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncGenerator<StoredObject> {
    this.asked.push(`list ${prefix}`);
    yield* this.#store.list(prefix, signal);
  }

  delete(key: string, signal?: AbortSignal): Promise<void> {
    this.asked.push(`delete ${key}`);
    return this.#store.delete(key, signal);
  }

  sweep(olderThanMs: number, signal?: AbortSignal): Promise<number> {
    return this.#store.sweep(olderThanMs, signal);
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
