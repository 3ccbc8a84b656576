/**
 * Runs a command in this process, on a program that has a few commands only; what it throws is thrown.
 * @module
 */
import type { AddCommand, Ran } from './in-process.ts';
import { runCommand } from './in-process.ts';

/** @param cwd working folder and home of what the program remembers */
export async function runHere(
  commands: readonly AddCommand[],
  cwd: string,
  argv: readonly string[],
): Promise<Ran> {
  const env = { CYBS3_STATE_DIR: `${cwd}/state`, CYBS3_CONFIG_DIR: `${cwd}/config` };
  const ran = await runCommand(commands, argv, { cwd, env });
  if (ran.error !== undefined) throw ran.error;
  return ran;
}
