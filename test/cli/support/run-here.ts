/**
 * Runs a command in this process, on a program that has a few commands only.
 * @module
 */
import { PassThrough } from 'node:stream';
import { Command } from 'commander';
import type { CommandAction, CommandHost, GlobalFlags } from '../../../src/cli/command.ts';
import type { ExitCode } from '../../../src/cli/explain.ts';
import { addGlobalOptions } from '../../../src/cli/options/global-options.ts';
import { Output } from '../../../src/cli/render/output.ts';
import { random } from '../../support/test-vault.ts';

export interface RanHere {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: ExitCode | undefined;
}

export type AddCommand = (program: Command, host: CommandHost) => void;

/** @param cwd working folder and home of what the program remembers */
export async function runHere(
  commands: readonly AddCommand[],
  cwd: string,
  argv: readonly string[],
): Promise<RanHere> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const [results, notes]: [string[], string[]] = [[], []];
  stdout.on('data', (data: Buffer) => results.push(data.toString()));
  stderr.on('data', (data: Buffer) => notes.push(data.toString()));
  let exitCode: ExitCode | undefined;
  const env = { CYBS3_STATE_DIR: `${cwd}/state`, CYBS3_CONFIG_DIR: `${cwd}/config` };
  const host: CommandHost = {
    programVersion: 'test',
    action<Flags extends object>(work: CommandAction<Flags>) {
      return async function action(this: Command): Promise<void> {
        const flags = this.optsWithGlobals<Flags & GlobalFlags>();
        const { json = false, quiet = false, verbose = false } = flags;
        const context = {
          io: { env, cwd, stdin: process.stdin, stdout, stderr } as never,
          flags,
          out: new Output(stdout as never, stderr as never, { json, quiet, verbose }),
          signal: new AbortController().signal,
          clock: Date.now,
          random,
          programVersion: 'test',
        };
        exitCode = (await work(context, ...(this.processedArgs.flat() as string[]))) ?? 0;
      };
    },
  };
  const program = new Command('cybs3').exitOverride();
  program.configureOutput({
    writeErr: () => undefined,
    writeOut: (help) => void results.push(help),
  });
  addGlobalOptions(program);
  for (const add of commands) add(program, host);
  await program.parseAsync([...argv], { from: 'user' });
  return { stdout: results.join(''), stderr: notes.join(''), exitCode };
}
