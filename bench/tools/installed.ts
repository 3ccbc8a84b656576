/**
 * Asks a program for its version.
 * @module
 */
import { spawnSync } from 'node:child_process';

/** The first version number in what it prints, or undefined where it does not run. */
export function installedVersion(argv: readonly string[]): string | undefined {
  const [program = '', ...rest] = argv;
  const done = spawnSync(program, rest, { encoding: 'utf8' });
  if (done.error || done.status !== 0) return undefined;
  return /\d+\.\d+(\.\d+)?/.exec(done.stdout)?.[0] ?? 'unknown';
}
