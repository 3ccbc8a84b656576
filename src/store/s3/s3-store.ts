/**
 * A store in an S3 bucket, below a prefix.
 * @module
 */
import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import type { StorableBytes } from '../../base/brand.ts';
import { asBuffer } from '../../base/bytes.ts';
import { AppError, isFailure } from '../../base/failure.ts';
import { checkedKey, checkedPrefix } from '../object-key.ts';
import { checkRange, endsEarly, notFound, throwIfInterrupted } from '../outcome.ts';
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
import { download } from './download.ts';
import { encryptionFault, encryptionOfRead, encryptionOfWrite } from './encryption.ts';
import { encryptionRefused } from './encryption.ts';
import type { EncryptionAnswer } from './encryption.ts';
import { listObjects } from './listing.ts';
import type { S3Requests } from './requests.ts';
import {
  holds,
  isLockedUntil,
  lockEndMs,
  lockOfWrite,
  notLocked,
  setLock,
} from './versions/object-lock.ts';
import type { LockAnswer } from './versions/object-lock.ts';
import { S3Versions } from './versions/s3-versions.ts';
import { HeadBucketCommand, HeadObjectCommand, PutObjectCommand } from './client/sdk.ts';

interface Head extends EncryptionAnswer, LockAnswer {
  readonly ContentLength?: number | undefined;
  readonly LastModified?: Date | undefined;
}

/** What was just written. */
interface Written {
  readonly key: string;
  readonly sizeBytes: number;
  /** Where the bucket keeps versions. */
  readonly versionId: string | undefined;
  /** Where it is to be locked. */
  readonly lockedUntilMs: number | undefined;
}

/** Objects of one prefix of a bucket. `put` reads the body until it settles, without copying it. */
export class S3Store implements ObjectStore {
  readonly location: string;
  readonly capabilities: StoreCapabilities;
  readonly #requests: S3Requests;
  /** A missing object and a missing bucket get the same answer to a HEAD. */
  #bucketSeen = false;
  /** A server was seen to lock what is written in one request. Others might take the wish and forget it. */
  #locksOnPut = false;
  readonly #versions: S3Versions;

  constructor(requests: S3Requests) {
    this.#requests = requests;
    const again = (key: string, body: StorableBytes, signal: AbortSignal | undefined) =>
      this.put(key, body, { signal });
    this.#versions = new S3Versions(requests, again);
    this.location = requests.settings.location;
    this.capabilities = { conditionalPut: requests.settings.conditionalPut ?? false };
  }

  async put(key: string, body: StorableBytes, options: PutOptions = {}): Promise<void> {
    checkedKey(key);
    const { settings } = this.#requests;
    const bytes = asBuffer(body);
    // Few servers honour the condition when an upload in parts is completed.
    if (bytes.length <= settings.singlePutBytes || options.ifAbsent) {
      await this.#putWhole(key, bytes, options);
    } else {
      await this.#putInParts(key, bytes, options);
    }
    this.#bucketSeen = true;
  }

  async get(key: string, options: GetOptions = {}): Promise<Uint8Array> {
    checkedKey(key);
    const { range, signal } = options;
    if (range) checkRange(range);
    if (range?.length === 0) return this.#nothingOf(key, range, signal);
    return download(this.#requests, key, options);
  }

  async head(key: string, signal?: AbortSignal): Promise<StoredObject | undefined> {
    checkedKey(key);
    const head = await this.#head(key, signal);
    if (!head) return undefined;
    if (head.ContentLength === undefined) {
      throw new AppError(
        'store/rejected',
        `${this.#requests.settings.host} tells no size of ${key}`,
      );
    }
    const modifiedMs = head.LastModified?.getTime();
    const isLocked = holds(head, this.#requests.serverClock.nowMs());
    return {
      key,
      sizeBytes: head.ContentLength,
      ...(isLocked && { isLocked }),
      ...(modifiedMs !== undefined && Number.isFinite(modifiedMs) && { modifiedMs }),
    };
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncGenerator<StoredObject> {
    yield* listObjects(this.#requests, checkedPrefix(prefix), signal);
  }

  async delete(key: string, signal?: AbortSignal): Promise<void> {
    const { locked } = await this.deleteMany([key], signal);
    if (locked.length === 0) return;
    throw new AppError('store/locked', `${key} in ${this.location} is locked still`, {
      hint: 'it can be deleted when its lock has ended',
      detail: { key },
    });
  }

  async deleteMany(keys: Iterable<string>, signal?: AbortSignal): Promise<DeleteOutcome> {
    throwIfInterrupted(signal);
    const distinct = Array.from(new Set(keys), checkedKey).sort();
    return this.#versions.delete(distinct, signal);
  }

  get versions(): VersionedObjects {
    return this.#versions;
  }

  async sweep(olderThanMs: number, signal?: AbortSignal): Promise<number> {
    const { abortStaleUploads } = await import('./uploads.ts');
    return abortStaleUploads(this.#requests, olderThanMs, signal);
  }

  async close(): Promise<void> {
    this.#requests.client.destroy();
  }

  async #putWhole(key: string, body: Buffer, options: PutOptions): Promise<void> {
    const { client, settings } = this.#requests;
    const lockedUntilMs = await this.#lockEndMs();
    const input = { ...this.#putInput(key, options, lockedUntilMs), Body: body };
    const doing = `write ${key} to ${this.location}`;
    const answer = await this.#requests.run(doing, options.signal, (send) =>
      client.send(new PutObjectCommand(input), send),
    );
    const encrypted = encryptionFault(settings, answer) === undefined;
    // Whoever stored it names its ETag; a page of HTML with status 200 does not.
    if (encrypted && answer.ETag && (!settings.lock || this.#locksOnPut)) return;
    // Not every server repeats all that in the answer to the write, and none repeats the lock.
    const written = { key, sizeBytes: body.length, versionId: answer.VersionId, lockedUntilMs };
    const wasLocked = await this.#verify(written, options.signal);
    if (wasLocked) this.#locksOnPut = true;
  }

  async #putInParts(key: string, body: Buffer, options: PutOptions): Promise<void> {
    const lockedUntilMs = await this.#lockEndMs();
    const input = this.#putInput(key, options, lockedUntilMs);
    const { signal } = options;
    const { uploadInParts } = await import('./multipart.ts');
    const versionId = await uploadInParts(this.#requests, { input, body, key, signal });
    await this.#verify({ key, sizeBytes: body.length, versionId, lockedUntilMs }, signal);
  }

  async #lockEndMs(): Promise<number | undefined> {
    const { lock } = this.#requests.settings;
    return lock && lockEndMs(this.#requests, lock);
  }

  #putInput(
    key: string,
    options: PutOptions,
    lockedUntilMs: number | undefined,
  ): PutObjectCommandInput {
    const { settings } = this.#requests;
    const { lock, storageClass } = settings;
    const colder = options.tier === 'data' && storageClass !== undefined;
    return {
      ...this.#address(key),
      ContentType: 'application/octet-stream',
      ...encryptionOfWrite(settings),
      ...(lock && lockedUntilMs !== undefined && lockOfWrite(lock, lockedUntilMs)),
      ...(options.ifAbsent && { IfNoneMatch: '*' }),
      ...(colder && {
        StorageClass: storageClass as NonNullable<PutObjectCommandInput['StorageClass']>,
      }),
    };
  }

  /**
   * Looks at what was written; what is not as it has to be is removed again, but for a missing lock, which can
   * be set (Ceph forgets it on an upload in parts).
   * @returns whether the lock was there already
   */
  async #verify(written: Written, signal: AbortSignal | undefined): Promise<boolean> {
    const { key, sizeBytes, versionId } = written;
    const head = await this.#head(key, signal, versionId);
    if (!head) throw notFound(this.location, key);
    const fault = encryptionFault(this.#requests.settings, head);
    if (fault !== undefined) {
      await this.delete(key).catch(() => undefined);
      throw encryptionRefused(fault, key, this.location);
    }
    if (head.ContentLength === sizeBytes) return this.#requireLock(written, head, signal);
    await this.delete(key).catch(() => undefined);
    const sizes = `${head.ContentLength ?? 'unknown'} bytes arrived of ${sizeBytes}`;
    throw new AppError('store/checksum', `${key} in ${this.location} is not whole: ${sizes}`, {
      retry: 'soon',
    });
  }

  async #requireLock(
    written: Written,
    head: LockAnswer,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const { lock } = this.#requests.settings;
    const { key, versionId, lockedUntilMs } = written;
    if (!lock || lockedUntilMs === undefined) return false;
    if (isLockedUntil(lock, lockedUntilMs, head)) return true;
    await setLock(this.#requests, lock, { key, versionId }, lockedUntilMs, signal);
    const again = await this.#head(key, signal, versionId);
    if (again && isLockedUntil(lock, lockedUntilMs, again)) return false;
    await this.delete(key).catch(() => undefined);
    throw notLocked(key, this.location);
  }

  async #head(
    key: string,
    signal: AbortSignal | undefined,
    versionId?: string,
  ): Promise<Head | undefined> {
    const { client, settings } = this.#requests;
    const command = new HeadObjectCommand({
      ...this.#address(key),
      ...(versionId !== undefined && { VersionId: versionId }),
      ...encryptionOfRead(settings),
    });
    try {
      const doing = `look at ${key} in ${this.location}`;
      const head = await this.#requests.run(doing, signal, (send) => client.send(command, send));
      this.#bucketSeen = true;
      return head;
    } catch (error) {
      if (!isFailure(error, 'store/not-found')) throw error;
      await this.#requireBucket(signal);
      return undefined;
    }
  }

  async #requireBucket(signal: AbortSignal | undefined): Promise<void> {
    if (this.#bucketSeen) return;
    const { client, settings } = this.#requests;
    const command = new HeadBucketCommand({ Bucket: settings.bucket });
    try {
      const doing = `look at the bucket ${settings.bucket}`;
      await this.#requests.run(doing, signal, (send) => client.send(command, send));
      this.#bucketSeen = true;
    } catch (error) {
      // Who may read objects may still not be allowed to ask for the bucket.
      if (isFailure(error, 'store/denied')) return;
      if (!isFailure(error, 'store/not-found')) throw error;
      throw new AppError('store/no-bucket', `there is no bucket ${settings.bucket}`, {
        hint: 'check its name and the endpoint; `cybs3 vault init --create-bucket` makes one',
        cause: error,
      });
    }
  }

  async #nothingOf(key: string, range: ByteRange, signal: AbortSignal | undefined) {
    const object = await this.head(key, signal);
    if (!object) throw notFound(this.location, key);
    if (object.sizeBytes < range.offset) throw endsEarly(this.location, key, range);
    return new Uint8Array(0);
  }

  #address(key: string) {
    return { Bucket: this.#requests.settings.bucket, Key: this.#requests.fullKey(key) };
  }
}
