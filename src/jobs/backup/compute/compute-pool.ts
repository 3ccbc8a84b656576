/**
 * The compute threads, and the tasks that wait for them. Each thread has one task ahead of the one it works
 * on, so that it never waits for the main thread. A thread costs 15 MB and 50 ms: where little may have to be
 * done, those after the first are started when there is work for them.
 * @module
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { AppError } from '../../../base/failure.ts';
import { wipeKeyMaterial } from '../../../crypto/vault-keys.ts';
import type { FinishedPack } from '../../../vault/pack/pack-writer.ts';
import type { PackRoom } from '../../../vault/pack-key.ts';
import type { ComputeMessage, ComputeSetup, ComputeTask, TaskResults } from '../messages.ts';
import { unpackFailure } from '../sent-failure.ts';

const TASKS_PER_THREAD = 2;
/** The bulk of a thread's memory is outside its heap; a small nursery keeps the rest small too. */
export const THREAD_LIMITS = { maxYoungGenerationSizeMb: 3 };

interface Waiting {
  readonly task: ComputeTask;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  /** Tasks given to the thread and not answered; it answers in order. */
  readonly given: Waiting[];
}

export interface ComputePoolParts {
  /** None in a dry run. */
  readonly threads: number;
  /** Started at once; the others when they are needed. */
  readonly atOnce: number;
  /** What the thread of that number gets. The keys in it are wiped when it has its copy. */
  readonly setUp: (thread: number) => ComputeSetup;
  readonly onPack: (room: PackRoom, pack: FinishedPack) => void;
  readonly onFailure: (error: unknown) => void;
}

export class ComputePool {
  readonly #parts: ComputePoolParts;
  readonly #threads: Thread[] = [];
  readonly #queue: Waiting[] = [];
  #failure: { error: unknown } | undefined;
  #isClosed = false;

  constructor(parts: ComputePoolParts) {
    this.#parts = parts;
    while (this.#canStart && this.#threads.length < parts.atOnce) this.#start();
  }

  get #canStart(): boolean {
    return !this.#isClosed && !this.#failure && this.#threads.length < this.#parts.threads;
  }

  #start(): Thread {
    const file = import.meta.url.endsWith('.ts') ? './compute-thread.ts' : './compute-thread.js';
    const workerData = this.#parts.setUp(this.#threads.length);
    const options = { workerData, resourceLimits: THREAD_LIMITS };
    const worker = new Worker(new URL(file, import.meta.url), options);
    // The thread has a copy of its own by now.
    wipeKeyMaterial(workerData.keys);
    const thread: Thread = { worker, given: [] };
    const fail = (error: unknown) => {
      if (this.#isClosed) return;
      this.cancel(error);
      this.#parts.onFailure(error);
    };
    worker.on('message', (message: ComputeMessage) => {
      if (message.type === 'pack') this.#parts.onPack(message.room, message.pack);
      else if (message.type === 'failed') fail(unpackFailure(message.error));
      else this.#answer(thread, message.result);
    });
    worker.on('error', fail);
    worker.on('exit', (code) => fail(new AppError('internal', `a compute thread ended (${code})`)));
    this.#threads.push(thread);
    return thread;
  }

  /** Gives a task to the next free thread. `first` puts it before those that wait. */
  async run<T extends ComputeTask>(task: T, first = false): Promise<TaskResults[T['type']]> {
    if (this.#failure) throw this.#failure.error;
    return new Promise((resolve, reject) => {
      const waiting = { task, resolve: resolve as (result: never) => void, reject };
      if (first) this.#queue.unshift(waiting);
      else this.#queue.push(waiting);
      this.#dispatch();
    });
  }

  /** Has every thread close its open packs. Call it when no other task is left. */
  async flush(): Promise<void> {
    const flushed = this.#threads.map(
      (thread) =>
        new Promise((resolve, reject) => {
          this.#give(thread, { task: { type: 'flush' }, resolve, reject });
        }),
    );
    await Promise.all(flushed);
  }

  /** Ends the threads: at the end of what they do where all went well, at once after a failure. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const isIdle = !this.#failure && this.#threads.every(({ given }) => given.length === 0);
    await Promise.all(
      this.#threads.map(async ({ worker }) => {
        if (!isIdle) return worker.terminate();
        const ended = once(worker, 'exit');
        worker.postMessage({ type: 'end' } satisfies ComputeTask);
        return ended;
      }),
    );
  }

  #answer(thread: Thread, result: unknown): void {
    const done = thread.given.shift();
    (done?.resolve as ((result: unknown) => void) | undefined)?.(result);
    this.#dispatch();
  }

  #dispatch(): void {
    while (this.#queue[0]) {
      const thread = this.#threadFor(this.#queue[0].task);
      const next = thread && this.#queue.shift();
      if (!next) return;
      this.#give(thread, next);
    }
  }

  /** The thread with the least to do; a new one where all have something, and for a mere node, enough. */
  #threadFor(task: ComputeTask): Thread | undefined {
    let best: Thread | undefined;
    for (const thread of this.#threads) {
      if (!best || thread.given.length < best.given.length) best = thread;
    }
    const given = best?.given.length ?? TASKS_PER_THREAD;
    const isNewWorth = given >= (task.type === 'meta' ? TASKS_PER_THREAD : 1);
    if (isNewWorth && this.#canStart) return this.#start();
    return given < TASKS_PER_THREAD ? best : undefined;
  }

  #give(thread: Thread, waiting: Waiting): void {
    thread.given.push(waiting);
    thread.worker.postMessage(waiting.task, transferOf(waiting.task));
  }

  /** Rejects everything that waits or is under way, and whatever is asked for from now on. */
  cancel(error: unknown): void {
    this.#failure ??= { error };
    const waiting = [
      ...this.#queue.splice(0),
      ...this.#threads.flatMap(({ given }) => given.splice(0)),
    ];
    for (const { reject } of waiting) reject(error);
  }
}

function transferOf(task: ComputeTask): ArrayBuffer[] {
  if (task.type === 'batch') return [task.node.buffer];
  return task.type === 'meta' ? [task.chunk.buffer] : [];
}
