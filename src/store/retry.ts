/**
 * Retries: what a store marks `retry: 'soon'` is tried again with growing, jittered pauses, for a
 * while.
 * @module
 */
import { randomInt } from 'node:crypto';
import type { StorableBytes } from '../base/brand.ts';
import { AppError } from '../base/failure.ts';
import type { Clock } from '../base/ports.ts';
import { deleteMany } from './delete-many.ts';
import { monotonicMs, sleepMs } from './limit.ts';
import type { Sleep } from './limit.ts';
import { throwIfInterrupted } from './outcome.ts';
import type {
  DeleteOutcome,
  GetOptions,
  ObjectStore,
  PutOptions,
  StoreCapabilities,
  StoredObject,
  VersionedObjects,
} from './port.ts';

export interface RetryOptions {
  /**
   * The first pause is up to this long, each further one up to twice the one before. Default 0.5 s.
   */
  readonly firstPauseMs?: number;
  /** No pause is longer. Default 30 s. */
  readonly longestPauseMs?: number;
  /** No new attempt begins after this time. Default 5 minutes. */
  readonly totalMs?: number;
  /** Nor after so many attempts. Default: no such bound. */
  readonly maxAttempts?: number;
  /** Milliseconds that only go forward. */
  readonly clock?: Clock;
  readonly sleep?: Sleep;
  /** A number in [0, 1): full jitter takes that part of the pause. */
  readonly random?: () => number;
  /** Told before each pause. */
  readonly onRetry?: (failure: AppError, pauseMs: number) => void;
}

/** A number in [0, 1). */
function randomFraction(): number {
  return randomInt(2 ** 32) / 2 ** 32;
}

/**
 * Calls `attempt` until it succeeds, fails for good, or time is up; then throws the last failure.
 * @throws what `attempt` throws; AppError `interrupted`
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  options: RetryOptions = {},
  signal?: AbortSignal,
): Promise<T> {
  const { clock = monotonicMs, sleep = sleepMs, random = randomFraction } = options;
  const { firstPauseMs = 500, longestPauseMs = 30_000, totalMs = 300_000 } = options;
  const start = clock();
  for (let tries = 1; ; tries++) {
    throwIfInterrupted(signal);
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof AppError) || error.retry !== 'soon') throw error;
      if (tries >= (options.maxAttempts ?? Infinity)) throw error;
      const pauseMs = random() * Math.min(longestPauseMs, firstPauseMs * 2 ** (tries - 1));
      if (clock() - start + pauseMs > totalMs) throw error;
      options.onRetry?.(error, pauseMs);
      await sleep(pauseMs, signal);
    }
  }
}

/**
 * A store that retries. Every call of the port may be repeated, so each is simply made again. A
 * `put` with `ifAbsent` whose answer was lost may so find its own object: the caller gets
 * `store/exists` and looks.
 */
export class RetryingStore implements ObjectStore {
  readonly #store: ObjectStore;
  readonly #options: RetryOptions;

  constructor(store: ObjectStore, options: RetryOptions = {}) {
    this.#store = store;
    this.#options = options;
  }

  get location(): string {
    return this.#store.location;
  }

  get capabilities(): StoreCapabilities {
    return this.#store.capabilities;
  }

  put(key: string, body: StorableBytes, options: PutOptions = {}): Promise<void> {
    return this.#retry(() => this.#store.put(key, body, options), options.signal);
  }

  get(key: string, options: GetOptions = {}): Promise<Uint8Array> {
    return this.#retry(() => this.#store.get(key, options), options.signal);
  }

  head(key: string, signal?: AbortSignal): Promise<StoredObject | undefined> {
    return this.#retry(() => this.#store.head(key, signal), signal);
  }

  /**
   * Begins again only as long as nothing was yielded: nothing may be yielded twice, and remembering
   * it all would not fit. A store whose listings come in pages retries each page itself.
   */
  async *list(prefix: string, signal?: AbortSignal): AsyncGenerator<StoredObject> {
    const begin = async () => {
      const objects = this.#store.list(prefix, signal)[Symbol.asyncIterator]();
      return { objects, first: await objects.next() };
    };
    const { objects, first } = await this.#retry(begin, signal);
    try {
      for (let next = first; !next.done; next = await objects.next()) yield next.value;
    } finally {
      await objects.return?.();
    }
  }

  delete(key: string, signal?: AbortSignal): Promise<void> {
    return this.#retry(() => this.#store.delete(key, signal), signal);
  }

  /** All of them again: those that are gone succeed at once. */
  async deleteMany(keys: Iterable<string>, signal?: AbortSignal): Promise<DeleteOutcome> {
    const inner = this.#store;
    if (!inner.deleteMany) return deleteMany({ delete: this.delete.bind(this) }, keys, signal);
    const all = Array.from(keys);
    return this.#retry(() => deleteMany(inner, all, signal), signal);
  }

  /** Made of many requests each: the store itself repeats the one that failed. */
  get versions(): VersionedObjects | undefined {
    return this.#store.versions;
  }

  sweep(olderThanMs: number, signal?: AbortSignal): Promise<number> {
    return this.#retry(() => this.#store.sweep(olderThanMs, signal), signal);
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #retry<T>(attempt: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    return withRetries(attempt, this.#options, signal);
  }
}
