/**
 * Large objects as parallel parts, through lib-storage. Its `Upload` is given a client of ours,
 * because by itself it neither aborts the requests under way, nor retries a part, nor counts what
 * it sent, and an error while it cleans up hides the one that mattered.
 * @module
 */
import type { PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import { assert } from '../../base/failure.ts';
import { withRetries } from '../retry.ts';
import type { S3Requests } from './requests.ts';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
  loadLibStorage,
} from './client/sdk.ts';

export interface MultipartJob {
  /** Of PutObject, whose `Body` is replaced. */
  readonly input: PutObjectCommandInput;
  readonly body: Buffer;
  readonly key: string;
  readonly signal: AbortSignal | undefined;
}

const PARTS_AT_ONCE = 4;
const ATTEMPTS_PER_PART = 3;
/** How long an interrupted upload may still take to learn its id, or to be cleared away. */
const GRACE_MS = 3000;
const CLEANUP_MS = 10_000;

/**
 * Uploads `body` in parts; it is read until this settles, and not copied. Whatever goes wrong, the
 * upload is aborted on the server; what a crash leaves there is for `sweep`.
 * @returns what the bucket calls this version, where it keeps versions
 * @throws AppError `store/…`, `interrupted`
 */
export async function uploadInParts(
  requests: S3Requests,
  job: MultipartJob,
): Promise<string | undefined> {
  const upload = new PartwiseUpload(requests, job);
  return upload.done();
}

class PartwiseUpload {
  readonly #requests: S3Requests;
  readonly #job: MultipartJob;
  /** Stops the other parts once one has failed for good. */
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  #failure: unknown;
  #sentParts = 0;
  #sentBytes = 0;

  constructor(requests: S3Requests, job: MultipartJob) {
    this.#requests = requests;
    this.#job = job;
    this.#signal = job.signal
      ? AbortSignal.any([job.signal, this.#stop.signal])
      : this.#stop.signal;
  }

  async done(): Promise<string | undefined> {
    const { body, input } = this.#job;
    const client = Object.create(this.#requests.client, {
      send: { value: this.#send },
    }) as S3Client;
    const { Upload } = loadLibStorage();
    const upload = new Upload({
      client,
      params: { ...input, Body: body },
      partSize: this.#requests.settings.partBytes,
      queueSize: PARTS_AT_ONCE,
    });
    try {
      return (await upload.done()).VersionId;
    } catch (error) {
      throw this.#failure ?? error;
    }
  }

  readonly #send = async (command: unknown): Promise<unknown> => {
    if (command instanceof AbortMultipartUploadCommand) return this.#clear(command);
    try {
      if (command instanceof CreateMultipartUploadCommand) return await this.#begin(command);
      if (command instanceof UploadPartCommand) return await this.#part(command);
      assert(command instanceof CompleteMultipartUploadCommand, 'lib-storage sent something new');
      return await this.#complete(command);
    } catch (error) {
      this.#failure ??= error;
      this.#stop.abort();
      throw error;
    }
  };

  /** Not cut off by the signal at once: an upload whose id we never learn could not be aborted. */
  async #begin(command: CreateMultipartUploadCommand): Promise<unknown> {
    const { client } = this.#requests;
    return this.#patiently(`begin the upload of`, (options) =>
      client.send(new CreateMultipartUploadCommand(command.input), options),
    );
  }

  async #part(command: UploadPartCommand): Promise<unknown> {
    const { client } = this.#requests;
    const { input } = command;
    const doing = this.#doing(`upload part ${input.PartNumber} of`);
    const answer = await withRetries(
      () =>
        this.#requests.run(doing, this.#signal, (options) =>
          client.send(new UploadPartCommand(input), options),
        ),
      this.#requests.retryOptions(ATTEMPTS_PER_PART),
      this.#signal,
    );
    assert(input.Body instanceof Uint8Array, 'a part is a view of the buffer');
    this.#sentParts++;
    this.#sentBytes += input.Body.length;
    return answer;
  }

  async #complete(command: CompleteMultipartUploadCommand): Promise<unknown> {
    const { client, settings } = this.#requests;
    const size = this.#job.body.length;
    const parts = Math.ceil(size / settings.partBytes);
    const named = command.input.MultipartUpload?.Parts?.length;
    assert(this.#sentBytes === size, 'every byte was uploaded before the upload is completed');
    assert(this.#sentParts === parts && named === parts, 'every part is named on completing');
    return this.#patiently('complete the upload of', (options) =>
      client.send(new CompleteMultipartUploadCommand(command.input), options),
    );
  }

  async #patiently<T>(
    what: string,
    send: (options: { abortSignal?: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    const grace = lateSignal(this.#signal, GRACE_MS);
    try {
      return await withRetries(
        () => this.#requests.run(this.#doing(what), grace.signal, send),
        this.#requests.retryOptions(ATTEMPTS_PER_PART),
        this.#signal,
      );
    } finally {
      grace.dispose();
    }
  }

  /** Best effort: the failure that led here is the one to tell. */
  async #clear(command: AbortMultipartUploadCommand): Promise<unknown> {
    const { client } = this.#requests;
    const signal = AbortSignal.timeout(CLEANUP_MS);
    return this.#requests
      .run(this.#doing('abort the upload of'), signal, (options) => client.send(command, options))
      .catch(() => ({}));
  }

  #doing(what: string): string {
    return `${what} ${this.#job.key} to ${this.#requests.settings.location}`;
  }
}

/** A signal that follows another one after some time. */
function lateSignal(signal: AbortSignal, afterMs: number) {
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const follow = () => {
    timer = setTimeout(() => late.abort(), afterMs);
  };
  if (signal.aborted) follow();
  else signal.addEventListener('abort', follow, { once: true });
  const dispose = () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', follow);
  };
  return { signal: late.signal, dispose };
}
