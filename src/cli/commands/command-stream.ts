/**
 * The output of a command as something to save.
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { AppError, messageOf } from '../../base/failure.ts';

export interface CommandStream {
  readonly stream: AsyncIterable<Uint8Array>;
  /** Settles when the command has ended; rejects with `files/command` unless it succeeded. */
  readonly finished: Promise<void>;
}

/** Starts a command without a shell. Its stdin and stderr are ours; an abort ends it. */
export function streamOfCommand(argv: readonly string[], signal: AbortSignal): CommandStream {
  const [file = '', ...args] = argv;
  // The words are not for a program that we start.
  const env = { ...process.env, CYBS3_MNEMONIC: undefined };
  const child = spawn(file, args, { stdio: ['inherit', 'pipe', 'inherit'], signal, env });
  const finished = succeeded(file, once(child, 'close'));
  // It is awaited once the stream has ended; until then a rejection is not unhandled.
  finished.catch(() => undefined);
  return { stream: child.stdout, finished };
}

async function succeeded(file: string, ended: Promise<unknown[]>): Promise<void> {
  const hint = 'nothing was saved: output of a command that fails may be cut short';
  try {
    const [code, signal] = (await ended) as [number | null, string | null];
    if (code === 0) return;
    const how = code === null ? `was ended by ${signal}` : `ended with exit code ${code}`;
    throw new AppError('files/command', `the command ${file} ${how}`, { hint });
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('files/command', `cannot run ${file}: ${messageOf(cause)}`, { cause, hint });
  }
}
