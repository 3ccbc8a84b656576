/**
 * The real program, as a child process.
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../base/failure.ts';
import { ExitCode } from '../explain.ts';

export const PROGRAM = fileURLToPath(new URL('../../../bin/cybs3.js', import.meta.url));

export interface RunOptions {
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Gets what it says on stdout, which is shown otherwise; new, and for its owner only. */
  readonly stdoutFile?: string;
}

/**
 * Runs it and shows what it says.
 * @returns `done` or `partial`
 * @throws AppError `internal` where it ends otherwise
 */
export async function runProgram(
  argv: readonly string[],
  { env, stdoutFile }: RunOptions = {},
): Promise<ExitCode> {
  const file = stdoutFile === undefined ? undefined : await open(stdoutFile, 'wx', 0o600);
  try {
    const child = spawn(process.execPath, [PROGRAM, ...argv], {
      stdio: ['ignore', file?.fd ?? 'inherit', 'inherit'],
      env: { ...process.env, ...env },
    });
    const [code] = (await once(child, 'exit')) as [ExitCode | null];
    if (code === ExitCode.done || code === ExitCode.partial) return code;
    throw new AppError('internal', `cybs3 ${argv[0]} ended with exit code ${code}`);
  } finally {
    await file?.close();
  }
}

/** Runs it quietly. @returns what it said on stdout */
export async function outputOf(argv: readonly string[], program = PROGRAM): Promise<string> {
  const child = spawn(process.execPath, [program, ...argv, '--quiet'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output, [code]] = await Promise.all([
    text(child.stdout),
    once(child, 'exit') as Promise<[ExitCode | null]>,
  ]);
  if (code === ExitCode.done) return output;
  throw new AppError(
    'internal',
    `cybs3 ${argv.slice(0, 2).join(' ')} ended with exit code ${code}`,
  );
}
