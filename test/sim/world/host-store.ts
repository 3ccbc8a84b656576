/**
 * The store as one host sees it: each request waits for its turn in the world.
 * @module
 */
import type { StorableBytes } from '../../../src/base/brand.ts';
import { throwIfInterrupted } from '../../../src/store/outcome.ts';
import type {
  GetOptions,
  ObjectStore,
  PutOptions,
  StoreCapabilities,
  StoredObject,
} from '../../../src/store/port.ts';
import type { Page } from './bucket.ts';
import type { Life, World } from './world.ts';

/** Times of machines of one store are a little apart. */
const STORE_SKEW_MS = 2000;

export class HostStore implements ObjectStore {
  readonly location: string;
  readonly capabilities: StoreCapabilities = { conditionalPut: false };
  readonly #world: World;
  readonly #life: Life;

  constructor(world: World, life: Life) {
    this.location = world.bucket.location;
    this.#world = world;
    this.#life = life;
  }

  async put(key: string, body: StorableBytes, options: PutOptions = {}): Promise<void> {
    throwIfInterrupted(options.signal);
    const bytes = body.slice();
    const { bucket, chance } = this.#world;
    return this.#send('put', key, true, () => {
      bucket.put(key, bytes, this.#world.nowMs + chance.below(STORE_SKEW_MS));
    });
  }

  async get(key: string, { range, signal }: GetOptions = {}): Promise<Uint8Array> {
    throwIfInterrupted(signal);
    return this.#send('get', key, false, () => this.#world.bucket.get(key, range));
  }

  async head(key: string, signal?: AbortSignal): Promise<StoredObject | undefined> {
    throwIfInterrupted(signal);
    return this.#send('head', key, false, () => this.#world.bucket.head(key));
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncGenerator<StoredObject> {
    const { bucket, chance, plan } = this.#world;
    const salt = chance.below(2 ** 32);
    for (let from: number | undefined = 0; from !== undefined;) {
      throwIfInterrupted(signal);
      const start: number = from;
      const page: Page = await this.#send('list', prefix, false, () =>
        bucket.page(prefix, salt, start, plan.pageSize),
      );
      yield* page.objects;
      from = page.next;
    }
  }

  async delete(key: string, signal?: AbortSignal): Promise<void> {
    throwIfInterrupted(signal);
    return this.#send('delete', key, true, () => this.#world.bucket.delete(key));
  }

  async sweep(): Promise<number> {
    return 0;
  }

  async close(): Promise<void> {}

  #send<T>(what: string, about: string, isWrite: boolean, apply: () => T): Promise<T> {
    return this.#world.send<T>({ life: this.#life, what, about, apply, isWrite });
  }
}
