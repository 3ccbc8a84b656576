/**
 * The port every store implements, and its contract (tested by `test/store/contract.ts` on each of them).
 *
 * - Keys are relative, slash-separated, `[A-Za-z0-9._-]` components, none of them `.` or `..`.
 * - `put` is atomic and durable: once it resolves, the whole object is there for every process and
 *   survives a power cut; before that, nobody ever sees a part of it. Putting a key again replaces it.
 * - `get` returns exactly the bytes asked for, or throws; it never returns fewer.
 * - `list` yields every object under a prefix once, in no promised order, and only whole objects.
 * - `delete` of an absent key succeeds. Where the store keeps old versions, `delete` destroys them all; what a
 *   lock still holds is left as it was, not even hidden, and the answer is `store/locked`.
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
  /** A lock holds it, by the store's clock. Only `head` says so. */
  readonly isLocked?: boolean;
}

export interface StoreCapabilities {
  /** `ifAbsent` is honoured atomically. */
  readonly conditionalPut: boolean;
}

/** What became of a `deleteMany`. */
export interface DeleteOutcome {
  /** Keys under which there is nothing any more, whether there was before or not. */
  readonly removed: number;
  /** Keys whose objects a lock still holds: they are as they were. */
  readonly locked: readonly string[];
}

/** One version of an object, in a store that keeps what was overwritten and deleted. */
export interface ObjectVersion {
  readonly key: string;
  /** The store's name for it. */
  readonly versionId: string;
  /** It is no object: what was before it is hidden by it. */
  readonly isDeleteMarker: boolean;
  readonly sizeBytes: number;
  /** Not only writing may set it: with Ceph a changed lock does too. */
  readonly modifiedMs?: number;
  /** Versions of one key with the same tag and size hold the same bytes; others may, too. */
  readonly etag?: string;
}

/** What is stored under one key. */
export interface ObjectHistory {
  readonly key: string;
  /** The oldest version that is no delete marker. Nobody can write one that is older. */
  readonly first: ObjectVersion;
  /** What `get` sees. */
  readonly current: ObjectVersion;
  /** All but the first, or many of them where there are very many. */
  readonly others: readonly ObjectVersion[];
}

export interface LockOutcome {
  /** Until when at least those that were renewed are locked now, ms since 1970 by the store's clock. */
  readonly untilMs: number;
  readonly renewed: number;
  /** Keys of those that could not be locked: they are gone, or may not be. */
  readonly refused: readonly string[];
}

/** What a store can do that keeps old versions of objects and can lock them. */
export interface VersionedObjects {
  /**
   * The history of each object under a prefix, once, in no promised order.
   * @param prefix empty, or ends in a slash
   */
  list(prefix: string, signal?: AbortSignal): AsyncIterable<ObjectHistory>;
  /**
   * Makes the first version of each what `get` gives: destroys the others where no lock holds them, and where
   * one does, stores the first one's bytes once more.
   * @returns how many are as they were at first now
   */
  revive(histories: readonly ObjectHistory[], signal?: AbortSignal): Promise<number>;
  /**
   * Locks versions anew, for as long as the store was told, from now on. A lock is never made shorter.
   * @throws AppError `store/config` for a store that was not told to lock
   */
  retain(
    versions: Iterable<ObjectVersion> | AsyncIterable<ObjectVersion>,
    signal?: AbortSignal,
  ): Promise<LockOutcome>;
  /** @throws AppError `store/config` where objects cannot be locked, saying what to do */
  requireLocks(signal?: AbortSignal): Promise<void>;
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
  /** `delete` of many, in few requests; without it, each is deleted by itself. */
  deleteMany?(keys: Iterable<string>, signal?: AbortSignal): Promise<DeleteOutcome>;
  /** Absent where a store never keeps old versions. Present, it need not keep them in this place. */
  readonly versions?: VersionedObjects | undefined;
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
