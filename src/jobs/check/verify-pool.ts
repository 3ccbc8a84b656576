/**
 * The threads that verify packs, and who waits for them.
 * @module
 */
import { Worker } from 'node:worker_threads';
import { AppError } from '../../base/failure.ts';
import { unpackFailure } from '../backup/sent-failure.ts';
import type { VerifyAnswer, VerifySetup, VerifyTask } from './verify-messages.ts';
import type { PackFault, PackToVerify } from './verify-pack.ts';

interface Waiting {
  readonly resolve: (faults: readonly PackFault[]) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  /** It answers in order. */
  readonly waiting: Waiting[];
}

export class VerifyPool implements AsyncDisposable {
  readonly #threads: Thread[];
  #isClosed = false;

  constructor(setups: readonly VerifySetup[]) {
    const file = import.meta.url.endsWith('.ts') ? './verify-thread.ts' : './verify-thread.js';
    this.#threads = setups.map((workerData) => {
      const worker = new Worker(new URL(file, import.meta.url), {
        workerData,
        // What a thread makes is short-lived or outside the heap.
        resourceLimits: { maxYoungGenerationSizeMb: 4 },
      });
      const thread: Thread = { worker, waiting: [] };
      const fail = (error: unknown): void => {
        for (const { reject } of thread.waiting.splice(0)) reject(error);
      };
      worker.on('message', (answer: VerifyAnswer) => {
        const next = thread.waiting.shift();
        if ('faults' in answer) next?.resolve(answer.faults);
        else next?.reject(unpackFailure(answer.failed));
      });
      worker.on('error', fail);
      worker.on('exit', () => fail(this.#ended()));
      return thread;
    });
  }

  /**
   * Has the thread with the least to do verify a pack.
   * @param sealed the whole object; unless it is in shared memory it must not be used afterwards, and until this
   *   is settled not even then
   */
  async verify(pack: PackToVerify, sealed: Uint8Array): Promise<readonly PackFault[]> {
    const own = sealed.buffer instanceof ArrayBuffer ? inMemoryOfItsOwn(sealed) : undefined;
    const task: VerifyTask = { pack, sealed: own ?? sealed };
    const [thread] = [...this.#threads].sort((a, b) => a.waiting.length - b.waiting.length);
    if (!thread || this.#isClosed) throw this.#ended();
    return new Promise((resolve, reject) => {
      thread.waiting.push({ resolve, reject });
      thread.worker.postMessage(task, own ? [own.buffer] : []);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  #ended(): AppError {
    return this.#isClosed
      ? new AppError('interrupted', 'the check was interrupted')
      : new AppError('internal', 'a thread that verifies packs ended');
  }
}

/** Memory that others see, too, cannot be given away. */
function inMemoryOfItsOwn(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes;
  const isOwn = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
  return isOwn ? new Uint8Array(buffer) : new Uint8Array(bytes);
}
