/**
 * The port every store implements, and its contract (tested by `test/store/contract.ts` on each of them).
 *
 * - Keys are relative, slash-separated, `[A-Za-z0-9._-]` components, none of them `.` or `..`.
 * - `put` is atomic and durable: once it resolves, the whole object is there for every process and
 *   survives a power cut; before that, nobody ever sees a part of it. Putting a key again replaces it.
 * - `get` returns exactly the bytes asked for, or throws; it never returns fewer.
 * - `list` yields every object under a prefix once, in no promised order, and only whole objects.
 * - `delete` of an absent key succeeds.
 * - A failure is an `AppError`. `store/not-found` (this object is not there) and `store/denied` are final;
 *   what `retry: 'soon'` marks may be tried again. Every call may be repeated safely.
 * - An aborted signal rejects with `interrupted`, soon, and leaves no half object behind.
 * @module
 */
import type { StorableBytes } from '../base/brand.ts';

/** What is stored decides its storage class: only data packs may go to a colder one. */
export type StorageTier = 'data' | 'metadata';

export interface PutOptions {
  readonly tier?: StorageTier;
  /** Refuse with `store/exists` where the key exists (needs `capabilities.conditionalPut`). */
  readonly ifAbsent?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Bytes `[offset, offset + length)` of an object. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

export interface GetOptions {
  readonly range?: ByteRange;
  readonly signal?: AbortSignal | undefined;
  /**
   * Memory of the caller's that the store may put the bytes into, anywhere in it, rather than into a
   * buffer of its own; `get` returns the view of where they are. It may be shared, and is best page-aligned
   * and two pages longer than what is asked for. Until `get` is settled it is the store's.
   */
  readonly into?: Uint8Array | undefined;
}

export interface StoredObject {
  readonly key: string;
  readonly sizeBytes: number;
  /** When the store says it was written, ms since 1970, where it says so. */
  readonly modifiedMs?: number;
}

export interface StoreCapabilities {
  /** `ifAbsent` is honoured atomically. */
  readonly conditionalPut: boolean;
}

export interface ObjectStore {
  /** How people name it: `s3://bucket/prefix`, or a directory path. Never holds a secret. */
  readonly location: string;
  readonly capabilities: StoreCapabilities;

  put(key: string, body: StorableBytes, options?: PutOptions): Promise<void>;
  /** The bytes as a buffer of the caller's own, or in `into`. */
  get(key: string, options?: GetOptions): Promise<Uint8Array>;
  /** @returns `undefined` where the object is not there */
  head(key: string, signal?: AbortSignal): Promise<StoredObject | undefined>;
  /** @param prefix empty, or ends in a slash */
  list(prefix: string, signal?: AbortSignal): AsyncIterable<StoredObject>;
  delete(key: string, signal?: AbortSignal): Promise<void>;
  /**
   * Tells a store that keeps copies of another's objects that what it gave cannot be right: it throws its
   * copies of this object away.
   * @returns whether there were any, so that asking again may give something else
   */
  distrust?(key: string): Promise<boolean>;
  /** Removes what interrupted writers of ours left (multipart uploads, temporary files) before `olderThanMs`. */
  sweep(olderThanMs: number, signal?: AbortSignal): Promise<number>;
  close(): Promise<void>;
}
