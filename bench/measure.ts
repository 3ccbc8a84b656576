/**
 * Runs one command to its end and says what it took, by GNU time: CPU seconds of the whole process and those
 * it waited for, and the peak memory of the largest one of them.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from './tools/tool.ts';

/** What one command took. */
export interface Taken {
  readonly wallS: number;
  readonly userS: number;
  readonly systemS: number;
  /** Largest resident set of any one process, in KiB. */
  readonly peakKb: number;
}

export interface MeasureOptions {
  /** A folder for the figures and what the command prints to stderr. */
  readonly work: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Where its stdout goes; nowhere by default. */
  readonly stdoutFile?: string;
}

const GNU_TIME = '/usr/bin/time';

/** @throws Error with the end of its stderr where the command fails */
export function measure(command: Command, options: MeasureOptions): Taken {
  const figures = join(options.work, 'time.txt');
  rmSync(figures, { force: true });
  const begin = performance.now();
  run({ ...command, argv: [GNU_TIME, '-f', '%U %S %M', '-o', figures, ...command.argv] }, options);
  const wallS = (performance.now() - begin) / 1000;
  const lastLine = readFileSync(figures, 'utf8').trim().split('\n').at(-1) ?? '';
  const [userS = 0, systemS = 0, peakKb = 0] = lastLine.split(' ').map(Number);
  return { wallS, userS, systemS, peakKb };
}

/** Runs a command unmeasured. @throws Error with the end of its stderr where it fails */
export function run({ argv, cwd }: Command, options: MeasureOptions): void {
  const [program = '', ...rest] = argv;
  const log = join(options.work, 'stderr.txt');
  const stderr = openSync(log, 'w');
  const stdout = options.stdoutFile === undefined ? 'ignore' : openSync(options.stdoutFile, 'w');
  try {
    const done = spawnSync(program, rest, {
      cwd: cwd ?? options.work,
      env: options.environment,
      stdio: ['ignore', stdout, stderr],
    });
    if (done.error) throw done.error;
    if (done.status === 0) return;
    const said = readFileSync(log, 'utf8').trim().slice(-2000);
    throw new Error(`${argv.join(' ')} ended with ${done.status ?? done.signal}: ${said}`);
  } finally {
    closeSync(stderr);
    if (stdout !== 'ignore') closeSync(stdout);
  }
}
