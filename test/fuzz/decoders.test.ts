/**
 * Whatever bytes a decoder is given, it takes them or refuses them with a failure of its own: no other error, no
 * hang, no memory. FUZZ_RUNS= says how many inputs each gets (SLOW=1: many), FUZZ_SEED= replays.
 */
import { randomInt } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, test } from 'vitest';
import type { FuzzJob, FuzzResult, FuzzSetup } from './fuzz-thread.ts';
import { TARGETS } from './targets.ts';

const isSlow = process.env['SLOW'] !== undefined;
const runs = Number(process.env['FUZZ_RUNS'] ?? (isSlow ? 50_000 : 400));
const seed = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31));
/** One input takes microseconds; this is for a machine that has better things to do. */
const STUCK_MS = 20_000;
const GROWTH_BYTES_MAX = 600 * 1024 * 1024;
const SHOWN_BYTES = 64 * 1024;

let worker: Worker | undefined;
const count = new SharedArrayBuffer(4);
const current = new SharedArrayBuffer(4 + SHOWN_BYTES);
afterAll(async () => worker?.terminate());

async function fuzz(target: string): Promise<FuzzResult> {
  const setup: FuzzSetup = { count, current };
  worker ??= new Worker(new URL('./fuzz-thread.ts', import.meta.url), { workerData: setup });
  const thread = worker;
  let [tried, seen]: (number | undefined)[] = [];
  let watch: NodeJS.Timeout | undefined;
  let answer: (result: FuzzResult) => void = () => undefined;
  let fail: (error: unknown) => void = () => undefined;
  try {
    return await new Promise<FuzzResult>((resolve, reject) => {
      answer = resolve;
      fail = reject;
      thread.once('error', reject);
      thread.once('message', resolve);
      watch = setInterval(() => {
        tried = Atomics.load(new Int32Array(count), 0);
        if (tried === seen) reject(new Error(`stuck with ${shown()}`));
        seen = tried;
      }, STUCK_MS);
      const job: FuzzJob = { target, seed, runs };
      thread.postMessage(job);
    });
  } catch (error) {
    await thread.terminate();
    worker = undefined;
    throw error;
  } finally {
    clearInterval(watch);
    thread.off('message', answer);
    thread.off('error', fail);
  }
}

function shown(): string {
  const bytes = Buffer.from(new Uint8Array(current));
  const length = bytes.readUInt32BE(0);
  return `${length} bytes, base64 ${bytes.subarray(4, 4 + length).toString('base64')}`;
}

describe(`FUZZ_SEED=${seed} FUZZ_RUNS=${runs}`, () => {
  test.each(TARGETS.map(({ name }) => name))(
    '%s is read or refused, whatever it holds',
    async (name) => {
      const { failure, accepted, grownBytes } = await fuzz(name);
      expect(failure).toBeUndefined();
      expect(accepted).toBeGreaterThan(0);
      expect(grownBytes).toBeLessThan(GROWTH_BYTES_MAX);
    },
    30 * 60_000,
  );
});
