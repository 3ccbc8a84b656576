/**
 * Reads an object, or a part of one, into one buffer. An answer that breaks off is continued from
 * where it ended, as long as it is still the same object.
 * @module
 */
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import { copyBytes } from '../../base/copy-bytes.ts';
import { AppError } from '../../base/failure.ts';
import { releaseBytes } from '../../base/release-bytes.ts';
import { allocateObject, endsEarly } from '../outcome.ts';
import type { ByteRange, GetOptions } from '../port.ts';
import { encryptionOfRead } from './encryption.ts';
import type { S3Requests, SendOptions } from './requests.ts';
import { GetObjectCommand } from './client/sdk.ts';

/** An answer may break off so often, if each time some bytes had come. */
const MAX_RESUMES = 5;

/**
 * @returns exactly the bytes asked for
 * @throws AppError `store/not-found`, `object/truncated`, `store/…`, `interrupted`
 */
export async function download(
  requests: S3Requests,
  key: string,
  options: GetOptions,
): Promise<Uint8Array> {
  const reading = new Download(requests, key, options);
  const doing = `read ${key} from ${requests.settings.location}`;
  for (let resumes = 0; ; resumes++) {
    const before = reading.received;
    try {
      await requests.run(doing, options.signal, (send) => reading.attempt(send));
      return reading.bytes();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.detail['httpStatus'] === 416) throw reading.endsEarly();
      const broken = error.retry === 'soon' && reading.received > before;
      if (!broken || resumes === MAX_RESUMES) throw error;
    }
  }
}

class Download {
  readonly #requests: S3Requests;
  readonly #key: string;
  readonly #options: GetOptions;
  #target: Buffer | undefined;
  #etag: string | undefined;
  received = 0;

  constructor(requests: S3Requests, key: string, options: GetOptions) {
    this.#requests = requests;
    this.#key = key;
    this.#options = options;
  }

  bytes(): Uint8Array {
    return this.#target ?? new Uint8Array(0);
  }

  endsEarly(): AppError {
    const range = this.#options.range ?? { offset: 0, length: this.#target?.length ?? 0 };
    return endsEarly(this.#requests.settings.location, this.#key, range);
  }

  async attempt(send: SendOptions): Promise<void> {
    const { client, settings } = this.#requests;
    const wanted = this.#missing();
    const command = new GetObjectCommand({
      Bucket: settings.bucket,
      Key: this.#requests.fullKey(this.#key),
      ...(wanted && { Range: `bytes=${wanted.offset}-${wanted.offset + wanted.length - 1}` }),
      ...encryptionOfRead(settings),
    });
    const answer = await client.send(command, send);
    const body = answer.Body;
    if (!(body instanceof Readable)) throw this.#unusable('an answer without a body');
    try {
      this.#accept(answer, wanted);
      await this.#drain(body);
    } catch (error) {
      body.destroy();
      throw error;
    }
  }

  /** What is still to come; `undefined` for a whole object of unknown size. */
  #missing(): ByteRange | undefined {
    const { range } = this.#options;
    const length = range?.length ?? this.#target?.length;
    if (length === undefined) return undefined;
    return { offset: (range?.offset ?? 0) + this.received, length: length - this.received };
  }

  #accept(answer: GetObjectCommandOutput, wanted: ByteRange | undefined): void {
    if (this.received > 0 && answer.ETag !== this.#etag) {
      this.received = 0;
      if (!this.#options.range) this.#target = undefined;
      throw new AppError('store/unavailable', `${this.#key} was replaced while it was read`, {
        retry: 'soon',
      });
    }
    this.#etag = answer.ETag;
    if (wanted) this.#acceptRange(answer.ContentRange, wanted);
    const length = answer.ContentLength;
    const expected = wanted?.length ?? length;
    if (expected === undefined || length !== expected) {
      throw this.#unusable(`${length ?? 'an unknown number of'} bytes where others were asked for`);
    }
    const { location } = this.#requests.settings;
    this.#target ??= allocateObject(location, this.#key, expected, this.#options.into);
  }

  #acceptRange(header: string | undefined, wanted: ByteRange): void {
    const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(header ?? '') ?? [];
    if (first === undefined) throw this.#unusable('no byte range');
    if (Number(total) < wanted.offset + wanted.length) throw this.endsEarly();
    const exact = Number(last) - Number(first) + 1 === wanted.length;
    if (Number(first) !== wanted.offset || !exact) throw this.#unusable('another byte range');
  }

  #unusable(what: string): AppError {
    const { host } = this.#requests.settings;
    return new AppError('store/rejected', `${host} gave ${what} for ${this.#key}`);
  }

  /** By events, not by iteration, which would join what has queued up in one more copy. */
  #drain(body: Readable): Promise<void> {
    const target = this.#target ?? Buffer.alloc(0);
    const throttle = this.#requests.settings.limits.download;
    return new Promise((resolve, reject) => {
      body.on('data', (chunk: Buffer) => {
        if (this.received + chunk.length > target.length) {
          reject(this.#unusable('more bytes than it announced'));
          return;
        }
        const { length } = chunk;
        copyBytes(chunk, target, this.received);
        this.received += length;
        // Otherwise it is a part of something that others may use.
        if (chunk.buffer.byteLength === length) releaseBytes(chunk);
        if (!throttle) return;
        body.pause();
        throttle.take(length, this.#options.signal).then(() => body.resume(), reject);
      });
      body.once('error', reject);
      body.once('close', () => reject(new Error('the answer broke off')));
      body.once('end', () => {
        if (this.received === target.length) resolve();
        else reject(new Error('the answer broke off'));
      });
    });
  }
}
