/**
 * A store in an S3 bucket, below a prefix.
 * @module
 */
import {
  DeleteObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import type { StorableBytes } from '../../base/brand.ts';
import { asBuffer } from '../../base/bytes.ts';
import { AppError, isFailure } from '../../base/failure.ts';
import { checkedKey, checkedPrefix } from '../object-key.ts';
import { checkRange, endsEarly, notFound } from '../outcome.ts';
import type {
  ByteRange,
  GetOptions,
  ObjectStore,
  PutOptions,
  StoreCapabilities,
  StoredObject,
} from '../port.ts';
import { download } from './download.ts';
import { encryptionFault, encryptionOfRead, encryptionOfWrite } from './encryption.ts';
import { encryptionRefused } from './encryption.ts';
import type { EncryptionAnswer } from './encryption.ts';
import { listObjects } from './listing.ts';
import { uploadInParts } from './multipart.ts';
import type { S3Requests } from './requests.ts';
import { abortStaleUploads } from './uploads.ts';

interface Head extends EncryptionAnswer {
  readonly ContentLength?: number | undefined;
  readonly LastModified?: Date | undefined;
}

/** Objects of one prefix of a bucket. `put` reads the body until it settles, without copying it. */
export class S3Store implements ObjectStore {
  readonly location: string;
  readonly capabilities: StoreCapabilities;
  readonly #requests: S3Requests;
  /** A missing object and a missing bucket get the same answer to a HEAD. */
  #bucketSeen = false;

  constructor(requests: S3Requests) {
    this.#requests = requests;
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
    return {
      key,
      sizeBytes: head.ContentLength,
      ...(modifiedMs !== undefined && Number.isFinite(modifiedMs) && { modifiedMs }),
    };
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncGenerator<StoredObject> {
    yield* listObjects(this.#requests, checkedPrefix(prefix), signal);
  }

  async delete(key: string, signal?: AbortSignal): Promise<void> {
    checkedKey(key);
    const { client } = this.#requests;
    const command = new DeleteObjectCommand(this.#address(key));
    try {
      await this.#requests.run(`delete ${key} from ${this.location}`, signal, (options) =>
        client.send(command, options),
      );
    } catch (error) {
      if (!isFailure(error, 'store/not-found')) throw error;
    }
  }

  async sweep(olderThanMs: number, signal?: AbortSignal): Promise<number> {
    return abortStaleUploads(this.#requests, olderThanMs, signal);
  }

  async close(): Promise<void> {
    this.#requests.client.destroy();
  }

  async #putWhole(key: string, body: Buffer, options: PutOptions): Promise<void> {
    const { client } = this.#requests;
    const input = { ...this.#putInput(key, options), Body: body };
    const doing = `write ${key} to ${this.location}`;
    const answer = await this.#requests.run(doing, options.signal, (send) =>
      client.send(new PutObjectCommand(input), send),
    );
    const encrypted = encryptionFault(this.#requests.settings, answer) === undefined;
    // Whoever stored it names its ETag; a page of HTML with status 200 does not.
    if (encrypted && answer.ETag) return;
    // Not every server repeats all that in the answer to the write.
    await this.#verify(key, body.length, options.signal);
  }

  async #putInParts(key: string, body: Buffer, options: PutOptions): Promise<void> {
    const input = this.#putInput(key, options);
    await uploadInParts(this.#requests, { input, body, key, signal: options.signal });
    await this.#verify(key, body.length, options.signal);
  }

  #putInput(key: string, options: PutOptions): PutObjectCommandInput {
    const { settings } = this.#requests;
    const { storageClass } = settings;
    const colder = options.tier === 'data' && storageClass !== undefined;
    return {
      ...this.#address(key),
      ContentType: 'application/octet-stream',
      ...encryptionOfWrite(settings),
      ...(options.ifAbsent && { IfNoneMatch: '*' }),
      ...(colder && {
        StorageClass: storageClass as NonNullable<PutObjectCommandInput['StorageClass']>,
      }),
    };
  }

  /** Looks at what was written; what is not as it has to be is removed again. */
  async #verify(key: string, sizeBytes: number, signal: AbortSignal | undefined): Promise<void> {
    const head = await this.#head(key, signal);
    if (!head) throw notFound(this.location, key);
    const fault = encryptionFault(this.#requests.settings, head);
    if (fault !== undefined) {
      await this.delete(key).catch(() => undefined);
      throw encryptionRefused(fault, key, this.location);
    }
    if (head.ContentLength === sizeBytes) return;
    await this.delete(key).catch(() => undefined);
    const sizes = `${head.ContentLength ?? 'unknown'} bytes arrived of ${sizeBytes}`;
    throw new AppError('store/checksum', `${key} in ${this.location} is not whole: ${sizes}`, {
      retry: 'soon',
    });
  }

  async #head(key: string, signal: AbortSignal | undefined): Promise<Head | undefined> {
    const { client, settings } = this.#requests;
    const command = new HeadObjectCommand({ ...this.#address(key), ...encryptionOfRead(settings) });
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
        hint: 'create the bucket, or check its name and the endpoint',
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
