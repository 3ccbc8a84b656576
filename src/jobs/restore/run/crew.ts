/**
 * The worker threads of a restore: each command goes to the one with the least to do.
 * @module
 */
import { Worker } from 'node:worker_threads';
import { AppError, assert } from '../../../base/failure.ts';
import { wipeKeyMaterial } from '../../../crypto/vault-keys.ts';
import type { Command, Reply, WorkerStart } from './messages.ts';

interface Waiting {
  resolve(reply: Reply): void;
  reject(error: unknown): void;
}

interface Hand {
  readonly worker: Worker;
  /** Commands it has not answered yet, oldest first. */
  readonly waiting: Waiting[];
}

/** Runs from the sources as well as from the built files. */
const WORKER_URL = new URL(
  import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js',
  import.meta.url,
);

/**
 * A thread that loads its code while others still find out what is to be done. It keeps no process alive until a crew
 * takes it.
 */
export function startThread(): Worker {
  // The target's handle belongs to the main thread, and some are opened here and closed there.
  const worker = new Worker(WORKER_URL, {
    trackUnmanagedFds: false,
    // What a worker makes is short-lived or outside the heap.
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  });
  worker.unref();
  return worker;
}

export class Crew {
  readonly #hands: Hand[];
  #lost: unknown;

  /**
   * @param start wiped once the threads have it
   * @param ready the first of them, where it was started before
   */
  constructor(threads: number, start: WorkerStart, ready?: Worker) {
    const worker = (n: number): Worker => (n === 0 && ready ? ready : startThread());
    this.#hands = Array.from({ length: threads }, (_, n) => this.#newHand(worker(n), start));
    wipeKeyMaterial(start.keys);
  }

  get size(): number {
    return this.#hands.length;
  }

  /**
   * @throws AppError `files/write` where the target takes no more, `internal` where a thread is
   * lost
   */
  run(command: Command, transfer: readonly ArrayBuffer[] = []): Promise<Reply> {
    let free = this.#hands[0];
    for (const hand of this.#hands) {
      if (free && hand.waiting.length < free.waiting.length) free = hand;
    }
    assert(free !== undefined, 'a crew has hands');
    return this.#send(free, command, transfer);
  }

  /** The same command to every thread. */
  async runOnAll(command: Command): Promise<void> {
    await Promise.all(this.#hands.map((hand) => this.#send(hand, command, [])));
  }

  /** Waits for the threads to end. */
  async close(): Promise<void> {
    const ends = this.#hands.map(async ({ worker }) => {
      if (worker.threadId < 0) return;
      const ended = new Promise((resolve) => worker.once('exit', resolve));
      worker.postMessage('end');
      await ended;
    });
    await Promise.all(ends);
  }

  #send(hand: Hand, command: Command, transfer: readonly ArrayBuffer[]): Promise<Reply> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost as Error);
    return new Promise((resolve, reject) => {
      hand.waiting.push({ resolve, reject });
      hand.worker.postMessage(command, transfer);
    });
  }

  #newHand(worker: Worker, start: WorkerStart): Hand {
    worker.ref();
    worker.postMessage(start);
    const hand: Hand = { worker, waiting: [] };
    worker.on('message', (reply: Reply) => {
      const waiting = hand.waiting.shift();
      if (!waiting) return;
      if (reply.stop) waiting.reject(new AppError(reply.stop.code, reply.stop.message));
      else waiting.resolve(reply);
    });
    const lose = (cause: unknown): void => {
      this.#lost ??= new AppError('internal', 'a restore thread ended too early', { cause });
      for (const waiting of hand.waiting.splice(0)) waiting.reject(this.#lost);
    };
    worker.on('error', lose);
    worker.on('exit', () => lose(undefined));
    return hand;
  }
}
