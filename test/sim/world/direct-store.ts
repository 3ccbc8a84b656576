/**
 * The store as it truly is, answering at once and without fault: for making vaults and for judging them.
 * @module
 */
import type { StorableBytes } from '../../../src/base/brand.ts';
import type {
  GetOptions,
  ObjectStore,
  StoreCapabilities,
  StoredObject,
} from '../../../src/store/port.ts';
import type { Bucket } from './bucket.ts';

export class DirectStore implements ObjectStore {
  readonly location: string;
  readonly capabilities: StoreCapabilities = { conditionalPut: false };
  readonly #bucket: Bucket;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
    this.location = bucket.location;
  }

  async put(key: string, body: StorableBytes): Promise<void> {
    this.#bucket.put(key, body.slice(), 0);
  }

  async get(key: string, { range }: GetOptions = {}): Promise<Uint8Array> {
    return this.#bucket.get(key, range);
  }

  async head(key: string): Promise<StoredObject | undefined> {
    return this.#bucket.head(key);
  }

  async *list(prefix: string): AsyncGenerator<StoredObject> {
    yield* this.#bucket.page(prefix, 0, 0, Infinity).objects;
  }

  async delete(key: string): Promise<void> {
    this.#bucket.delete(key);
  }

  async sweep(): Promise<number> {
    return 0;
  }

  async close(): Promise<void> {}
}
