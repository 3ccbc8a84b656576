/**
 * One request at a time through here: as many under way as there are connections, and every error
 * in our own words.
 * @module
 */
import type { S3Client } from '@aws-sdk/client-s3';
import { Semaphore } from '../../base/flow.ts';
import { throwIfInterrupted } from '../outcome.ts';
import type { RetryOptions } from '../retry.ts';
import type { S3Settings } from './config.ts';
import { s3Failure } from './failure.ts';
import { ServerClock } from './versions/server-clock.ts';

/** What the SDK takes beside a command. */
export interface SendOptions {
  abortSignal?: AbortSignal;
}

export class S3Requests {
  readonly client: S3Client;
  readonly settings: S3Settings;
  readonly serverClock: ServerClock;
  /** Requests that waited inside the agent would count against the time to connect. */
  readonly #connections: Semaphore;
  #answered = false;

  constructor(client: S3Client, settings: S3Settings) {
    this.client = client;
    this.settings = settings;
    this.serverClock = new ServerClock(client);
    this.#connections = new Semaphore(settings.concurrency);
  }

  /** The key in the bucket. */
  fullKey(key: string): string {
    const { prefix } = this.settings;
    return prefix === '' ? key : `${prefix}/${key}`;
  }

  /**
   * Sends, and reads the answer's body within `work` where it has one.
   * @param doing what for, for messages
   * @throws AppError `store/…`, `interrupted`
   */
  async run<T>(
    doing: string,
    signal: AbortSignal | undefined,
    work: (options: SendOptions) => Promise<T>,
  ): Promise<T> {
    return this.#connections.run(async () => {
      throwIfInterrupted(signal);
      try {
        const result = await work(signal ? { abortSignal: signal } : {});
        this.#answered = true;
        return result;
      } catch (error) {
        const { host } = this.settings;
        throw s3Failure(error, { doing, host, signal, answered: this.#answered });
      }
    });
  }

  /** Retries for a page or a part, where repeating the whole call would cost far more. */
  retryOptions(maxAttempts = Infinity): RetryOptions {
    const { retry } = this.settings;
    if (retry === false) return { maxAttempts: 1 };
    return { ...retry, maxAttempts: Math.min(maxAttempts, retry?.maxAttempts ?? Infinity) };
  }
}
