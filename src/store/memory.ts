/**
 * A store in memory: the reference for the contract, and the fast double for tests of the rooms
 * above.
 * @module
 */
import type { StorableBytes } from '../base/brand.ts';
import type { Clock } from '../base/ports.ts';
import { checkedKey, checkedPrefix } from './object-key.ts';
import { alreadyExists, checkRange, endsEarly, notFound, throwIfInterrupted } from './outcome.ts';
import type {
  GetOptions,
  ObjectStore,
  PutOptions,
  StoreCapabilities,
  StoredObject,
} from './port.ts';

export interface MemoryStoreOptions {
  readonly location?: string;
  /** Gives `modifiedMs`; without it objects carry no time. */
  readonly clock?: Clock;
}

interface Held {
  readonly bytes: Uint8Array;
  readonly modifiedMs: number | undefined;
}

/** Keeps a copy of every object; forgets them all when the process ends. */
export class MemoryStore implements ObjectStore {
  readonly location: string;
  readonly capabilities: StoreCapabilities = { conditionalPut: true };
  readonly #objects = new Map<string, Held>();
  readonly #clock: Clock | undefined;

  constructor(options: MemoryStoreOptions = {}) {
    this.location = options.location ?? 'memory';
    this.#clock = options.clock;
  }

  async put(key: string, body: StorableBytes, options: PutOptions = {}): Promise<void> {
    checkedKey(key);
    throwIfInterrupted(options.signal);
    if (options.ifAbsent && this.#objects.has(key)) throw alreadyExists(this.location, key);
    this.#objects.set(key, { bytes: new Uint8Array(body), modifiedMs: this.#clock?.() });
  }

  async get(key: string, options: GetOptions = {}): Promise<Uint8Array> {
    const { bytes } = this.#held(key, options.signal);
    const range = options.range;
    if (!range) return bytes.slice();
    checkRange(range);
    if (range.offset + range.length > bytes.length) throw endsEarly(this.location, key, range);
    return bytes.slice(range.offset, range.offset + range.length);
  }

  async head(key: string, signal?: AbortSignal): Promise<StoredObject | undefined> {
    checkedKey(key);
    throwIfInterrupted(signal);
    const held = this.#objects.get(key);
    return held && describe(key, held);
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncGenerator<StoredObject> {
    checkedPrefix(prefix);
    for (const [key, held] of Array.from(this.#objects)) {
      throwIfInterrupted(signal);
      if (key.startsWith(prefix)) yield describe(key, held);
    }
  }

  async delete(key: string, signal?: AbortSignal): Promise<void> {
    checkedKey(key);
    throwIfInterrupted(signal);
    this.#objects.delete(key);
  }

  async sweep(_olderThanMs: number, signal?: AbortSignal): Promise<number> {
    throwIfInterrupted(signal);
    return 0;
  }

  async close(): Promise<void> {}

  #held(key: string, signal: AbortSignal | undefined): Held {
    checkedKey(key);
    throwIfInterrupted(signal);
    const held = this.#objects.get(key);
    if (!held) throw notFound(this.location, key);
    return held;
  }
}

function describe(key: string, held: Held): StoredObject {
  const { bytes, modifiedMs } = held;
  return {
    key,
    sizeBytes: bytes.length,
    ...(modifiedMs !== undefined && { modifiedMs }),
  };
}
