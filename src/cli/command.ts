/**
 * What every command gets: the process's streams, the global options, and a signal to stop at.
 * @module
 */
import type { Command } from 'commander';
import type { Clock, RandomBytes } from '../base/ports.ts';
import type { ExitCode } from './explain.ts';
import type { Io } from './io.ts';
import { Output } from './render/output.ts';

/** The options that every command understands. */
export interface GlobalFlags {
  readonly vault?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  /** False with `--no-progress`. */
  readonly progress?: boolean;
  readonly debug?: boolean;
}

export interface CommandContext<Flags> {
  readonly io: Io;
  readonly out: Output;
  readonly flags: Flags & GlobalFlags;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly programVersion: string;
}

/**
 * What a command does: `operands` are its arguments, undefined where optional ones were left out.
 */
export type CommandAction<Flags> = (
  context: CommandContext<Flags>,
  ...operands: string[]
) => Promise<ExitCode | void>;

/** Makes commander's action handler out of ours; `main.ts` implements it. */
export interface CommandHost {
  readonly programVersion: string;
  action<Flags extends object>(work: CommandAction<Flags>): (this: Command) => Promise<void>;
}
