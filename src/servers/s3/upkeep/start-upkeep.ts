/**
 * What a running server does beside its requests: it takes away what nobody names.
 * @module
 */
import { sweepGarbage, sweepLeftovers } from './sweep.ts';
import type { SweepOptions } from './sweep.ts';

export interface UpkeepOptions extends Omit<SweepOptions, 'signal'> {
  /** What went wrong; it is tried again the next time. */
  readonly onError: (error: unknown) => void;
  readonly everyMs?: number;
}

export interface Upkeep {
  /** Resolves when nothing is under way any more. */
  close(): Promise<void>;
}

/** What was dropped can be read for that long still, and is gone after twice as long. */
const EVERY_MS = 10_000;

export function startUpkeep({ onError, everyMs = EVERY_MS, ...rest }: UpkeepOptions): Upkeep {
  const stop = new AbortController();
  const options: SweepOptions = { ...rest, signal: stop.signal };
  let running = attempt(() => sweepLeftovers(options));
  let isRunning = true;
  void running.finally(() => (isRunning = false));
  const timer = setInterval(() => {
    if (isRunning) return;
    isRunning = true;
    running = attempt(() => sweepGarbage(options)).finally(() => (isRunning = false));
  }, everyMs);
  timer.unref();

  async function attempt(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      onError(error);
    }
  }

  return {
    close: async () => {
      clearInterval(timer);
      stop.abort();
      await running;
    },
  };
}
