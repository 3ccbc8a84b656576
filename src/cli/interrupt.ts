/**
 * Ctrl-C and its kin: the first asks the work to stop in good order, the second ends the process.
 * @module
 */
import { AppError } from '../base/failure.ts';
import { ExitCode } from './explain.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A terminal and a launcher in between may both deliver one Ctrl-C; together they count as one. */
const SAME_SIGNAL_MS = 250;

/** How long work that was asked to stop may take before the process ends anyway. */
const PATIENCE_MS = 20_000;

export interface Interruption {
  readonly signal: AbortSignal;
  [Symbol.dispose](): void;
}

/** Listens until disposed. `say` gets one line for people at the first signal. */
export function watchForInterrupt(say: (line: string) => unknown): Interruption {
  const controller = new AbortController();
  let firstAt: number | undefined;
  const listener = (): void => {
    const now = performance.now();
    if (firstAt === undefined) {
      firstAt = now;
      say('cybs3: stopping; once more stops at once\n');
      controller.abort(new AppError('interrupted', 'interrupted'));
      setTimeout(() => process.exit(ExitCode.interrupted), PATIENCE_MS).unref();
    } else if (now - firstAt > SAME_SIGNAL_MS) {
      process.exit(ExitCode.interrupted);
    }
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const signal of SIGNALS) process.off(signal, listener);
    },
  };
}
