/**
 * The program as a function of arguments, environment and streams; the one place that catches.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { CommanderError, type Command } from 'commander';
import { AppError } from '../base/failure.ts';
import type { CommandAction, CommandContext, CommandHost, GlobalFlags } from './command.ts';
import { ExitCode, explain, explanationText, type ExplainStyle } from './explain.ts';
import { watchForInterrupt } from './interrupt.ts';
import { processIo, type Io } from './io.ts';
import { buildProgram } from './program.ts';
import { BrokenPipe, Output } from './render/output.ts';
import { programVersion } from './version.ts';

/** What the first argument looks like when it is a command. */
const COMMAND_WORD = /^[a-z]+$/;

/** Runs one command line (without node and script) and returns the exit code. Never throws. */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  const isQuiet = argv.includes('--quiet');
  using interruption = watchForInterrupt((line) => !isQuiet && io.stderr.write(line));
  const host = new Host(io, interruption.signal);
  try {
    const program = await buildProgram(host, io, argv[0]);
    await program.parseAsync([...argv], { from: 'user' });
    return host.exitCode;
  } catch (error) {
    return conclude(error, argv, io, interruption.signal);
  }
}

/** The process's entry: runs its command line, and ends it when everything is written. */
export async function start(): Promise<void> {
  const io = processIo();
  const argv = process.argv.slice(2);
  const crash = (error: unknown): void => {
    io.stderr.write(explanationText(explain(error), styleOf(argv)));
    process.exit(explain(error).exitCode);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  const exitCode = await main(argv, io);
  await Promise.all([flushed(io.stdout), flushed(io.stderr)]);
  process.exit(exitCode);
}

class Host implements CommandHost {
  readonly programVersion = programVersion();
  exitCode: ExitCode = ExitCode.done;
  readonly #io: Io;
  readonly #signal: AbortSignal;

  constructor(io: Io, signal: AbortSignal) {
    this.#io = io;
    this.#signal = signal;
  }

  action<Flags extends object>(work: CommandAction<Flags>) {
    const run = async (command: Command): Promise<void> => {
      const context = this.#context(command.optsWithGlobals<Flags & GlobalFlags>());
      const operands = command.processedArgs.flat() as string[];
      this.exitCode = (await work(context, ...operands)) ?? ExitCode.done;
    };
    return function action(this: Command): Promise<void> {
      return run(this);
    };
  }

  #context<Flags>(flags: Flags & GlobalFlags): CommandContext<Flags> {
    const { stdout, stderr } = this.#io;
    const { json = false, quiet = false, verbose = false } = flags;
    return {
      io: this.#io,
      out: new Output(stdout, stderr, { json, quiet, verbose }),
      flags,
      signal: this.#signal,
      clock: () => Date.now(),
      random: (length) => randomBytes(length),
      programVersion: this.programVersion,
    };
  }
}

function conclude(error: unknown, argv: readonly string[], io: Io, signal: AbortSignal): ExitCode {
  if (error instanceof BrokenPipe) return ExitCode.done;
  if (error instanceof CommanderError && error.code === 'commander.help') return ExitCode.usage;
  const failure = signal.aborted ? interrupted(error) : usageFailure(error, argv);
  if (failure === undefined) return ExitCode.done;
  const explanation = explain(failure);
  io.stderr.write(explanationText(explanation, styleOf(argv)));
  return explanation.exitCode;
}

/** What fails after somebody pressed Ctrl-C failed because of it. */
function interrupted(cause: unknown): AppError {
  return new AppError('interrupted', 'interrupted; what was finished is kept', { cause });
}

/** Commander ends `--help` and `--version` by throwing, too: that is `undefined` here. */
function usageFailure(error: unknown, argv: readonly string[]): unknown {
  if (!(error instanceof CommanderError)) return error;
  if (error.exitCode === 0) return undefined;
  const [message = '', ...suggestion] = error.message.replace(/^error: /, '').split('\n');
  const meant = suggestion.join(' ').replace(/^\(Did (.*)\)$/, 'did $1');
  const command =
    COMMAND_WORD.test(argv[0] ?? '') && !error.code.endsWith('unknownCommand') ? `${argv[0]} ` : '';
  const hint = meant || `see \`cybs3 ${command}--help\``;
  return new AppError('usage', message.replace(/\.$/, ''), { hint });
}

/** Read from the raw arguments, because parsing them is what may have failed. */
function styleOf(argv: readonly string[]): ExplainStyle {
  const end = argv.indexOf('--');
  const own = end < 0 ? argv : argv.slice(0, end);
  return { json: own.includes('--json'), debug: own.includes('--debug') };
}

async function flushed(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.destroyed || stream.writableLength === 0) return;
  await new Promise<void>((resolve) => {
    stream.once('error', () => resolve());
    stream.write('', () => resolve());
  });
}
