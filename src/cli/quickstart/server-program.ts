/**
 * `cybs3 serve` of the real program: an access key is made, and it is started as a child process, and stopped.
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { AppError } from '../../base/failure.ts';
import { PROGRAM, outputOf } from './run-program.ts';

export interface ServerProgram {
  /** Where it listens. */
  readonly url: string;
  readonly pid: number;
  /** Ends it in good order, and waits. */
  readonly stop: () => Promise<void>;
}

export interface StartOptions {
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** A built `bin/cybs3.js`, if not this one. */
  readonly program?: string;
}

/** @throws AppError `internal` where it does not begin to listen */
export async function startServer(
  argv: readonly string[],
  { env, program = PROGRAM }: StartOptions = {},
): Promise<ServerProgram> {
  const child = spawn(process.execPath, [program, ...argv, '--quiet'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /^listening on (http\S+)$/.exec(line)?.[1];
    if (url !== undefined) return { url, pid: child.pid ?? 0, stop };
  }
  await stop();
  throw new AppError('internal', `cybs3 ${argv[0]} ${argv[1]} did not start`);
}

/** @param argv of the server, with `--add-key` and what the key may do */
export async function newAccessKey(argv: readonly string[], program = PROGRAM) {
  const answer: unknown = JSON.parse(await outputOf([...argv, '--json'], program));
  const { accessKeyId, secretAccessKey } = Object(answer) as Record<string, unknown>;
  if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string') {
    throw new AppError('internal', 'the server gave no access key');
  }
  return { accessKeyId, secretAccessKey };
}
