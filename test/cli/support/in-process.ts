/**
 * Runs commands in this process: for those whose flags and streams are at stake, and not the process.
 * @module
 */
import { PassThrough } from 'node:stream';
import { Command } from 'commander';
import type { CommandAction, CommandHost, GlobalFlags } from '../../../src/cli/command.ts';
import { addGlobalOptions } from '../../../src/cli/options/global-options.ts';
import { Output } from '../../../src/cli/render/output.ts';
import { random } from '../../support/test-vault.ts';

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly error?: unknown;
}

export interface Machine {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly clock?: () => number;
}

export type AddCommand = (program: Command, host: CommandHost) => void;

/** @param adds the commands there are */
export async function runCommand(
  adds: readonly AddCommand[],
  argv: readonly string[],
  { cwd, env, clock = Date.now }: Machine,
): Promise<Ran> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const [results, notes]: [string[], string[]] = [[], []];
  stdout.on('data', (data: Buffer) => results.push(data.toString()));
  stderr.on('data', (data: Buffer) => notes.push(data.toString()));
  let exitCode = 0;
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
          clock,
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
  for (const add of adds) add(program, host);
  for (const command of program.commands) command.exitOverride();
  const error: unknown = await program.parseAsync([...argv], { from: 'user' }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  await new Promise((resolve) => setImmediate(resolve));
  const ran = { exitCode, stdout: results.join(''), stderr: notes.join('') };
  return { ...ran, ...(error !== undefined && { error }) };
}
