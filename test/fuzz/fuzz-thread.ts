/**
 * A thread that feeds one decoder: if it hangs, whoever started it can still say with what.
 * @module
 */
import fc from 'fast-check';
import { parentPort, workerData } from 'node:worker_threads';
import { AppError } from '../../src/base/failure.ts';
import { mutated } from './mutate.ts';
import { TARGETS } from './targets.ts';
import type { Target } from './targets.ts';

/** Both are shared, so that they can be read while the thread is stuck. */
export interface FuzzSetup {
  /** Counts inputs. */
  readonly count: SharedArrayBuffer;
  /** The input that is being tried: its length (u32) and as much of it as has room. */
  readonly current: SharedArrayBuffer;
}

export interface FuzzJob {
  readonly target: string;
  readonly seed: number;
  readonly runs: number;
}

export interface FuzzResult {
  /** What went wrong, with what it went wrong. */
  readonly failure?: string;
  /** Inputs that were accepted. */
  readonly accepted: number;
  /** How much memory came to the process at most, after the first few inputs. */
  readonly grownBytes: number;
}

const setup = workerData as FuzzSetup;
const count = new Int32Array(setup.count);
const current = Buffer.from(setup.current);
const WARM_UP = 20;
const NOTHING = new Uint8Array(0);

class Fuzz {
  readonly #target: Target;
  #accepted = 0;
  #tried = 0;
  #baseBytes = 0;
  #grownBytes = 0;

  constructor(target: Target) {
    this.#target = target;
  }

  run({ seed, runs }: FuzzJob): FuzzResult {
    const { valid } = this.#target;
    const changed = valid.chain((original) =>
      mutated(original).map((bytes) => ({ bytes, original })),
    );
    const noise = fc.uint8Array({ maxLength: 600 }).map((bytes) => ({ bytes, original: NOTHING }));
    const unchanged = valid.map((bytes) => ({ bytes, original: bytes }));
    const input = fc.oneof(
      { weight: 1, arbitrary: noise },
      { weight: 1, arbitrary: unchanged },
      { weight: 10, arbitrary: changed },
    );
    const property = fc.property(input, ({ bytes, original }) => this.#try(bytes, original));
    try {
      fc.assert(property, { seed, numRuns: runs });
      return this.#result();
    } catch (error) {
      const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return { failure, ...this.#result() };
    }
  }

  #result(): FuzzResult {
    return { accepted: this.#accepted, grownBytes: this.#grownBytes };
  }

  #try(bytes: Uint8Array, original: Uint8Array): void {
    current.writeUInt32BE(bytes.length, 0);
    current.set(bytes.subarray(0, current.length - 4), 4);
    Atomics.add(count, 0, 1);
    try {
      this.#target.decode(bytes, original);
      this.#accepted++;
    } catch (error) {
      const isRefusal = error instanceof AppError && this.#target.codes.includes(error.code);
      if (!isRefusal) throw error;
    }
    const rss = process.memoryUsage.rss();
    if (++this.#tried <= WARM_UP) this.#baseBytes = Math.max(this.#baseBytes, rss);
    else this.#grownBytes = Math.max(this.#grownBytes, rss - this.#baseBytes);
  }
}

parentPort?.on('message', (job: FuzzJob) => {
  const target = TARGETS.find(({ name }) => name === job.target) as Target;
  parentPort?.postMessage(new Fuzz(target).run(job));
});
