/**
 * Turns the events of a job into text for people or NDJSON for programs, and into an exit code.
 * @module
 */
import type { CheckFinding, FileProblem, Notice, PathReport } from '../../jobs/events.ts';
import { formatBytes } from '../../base/units.ts';
import type { CommandContext } from '../command.ts';
import { ExitCode } from '../explain.ts';
import type { Output } from './output.ts';
import { openProgress, type Progress } from './progress.ts';

/** What the ways of showing one job's events differ in. */
export interface JobView<Event> {
  /** Shows an event that is not common to all jobs. */
  show(event: Event, out: Output, progress: Progress): Promise<void> | void;
}

interface AnyEvent {
  readonly type: string;
}

/** What went wrong on the way; decides the exit code. */
export interface Tally {
  errors: number;
  damaged: number;
}

/**
 * Runs a job to its end, showing what it says.
 * @returns how many errors it reported
 */
export async function runJob<Event extends AnyEvent>(
  events: AsyncIterable<Event>,
  context: CommandContext<object>,
  view: JobView<Event>,
): Promise<Tally> {
  const { out, flags } = context;
  const tally: Tally = { errors: 0, damaged: 0 };
  using progress = await openProgress(context);
  for await (const event of events) {
    if (isProblem(event) || isFinding(event)) count(event, tally);
    if (!out.json) await showText(event, out, progress, view);
    else if (event.type !== 'progress' || (flags.progress !== false && !out.quiet)) {
      await out.tryResult(`${JSON.stringify({ schema: 'cybs3/v1', ...event })}\n`);
    }
  }
  return tally;
}

/** 0, 3 where some files failed, 13 where that is because stored data is damaged. */
export function exitCodeOf({ errors, damaged }: Tally): ExitCode {
  if (damaged > 0) return ExitCode.damaged;
  return errors > 0 ? ExitCode.partial : ExitCode.done;
}

async function showText<Event extends AnyEvent>(
  event: Event,
  out: Output,
  progress: Progress,
  view: JobView<Event>,
): Promise<void> {
  if (isProblem(event)) out.complain(problemText(event));
  else if (isNotice(event)) out.note(`cybs3: ${event.message}`);
  else await view.show(event, out, progress);
}

/** `new            12 MiB  /home/…`. */
export function pathReportText({ action, path, sizeBytes }: PathReport): string {
  return `${action.padEnd(10)}  ${formatBytes(sizeBytes).padStart(9)}  ${path}`;
}

function problemText({ severity, path, message }: FileProblem): string {
  return `cybs3: ${severity}: ${path}: ${message}`;
}

function isProblem(event: AnyEvent): event is FileProblem {
  return event.type === 'problem';
}

function isNotice(event: AnyEvent): event is Notice {
  return event.type === 'notice';
}

function isFinding(event: AnyEvent): event is CheckFinding {
  return event.type === 'finding';
}

function count(problem: FileProblem | CheckFinding, tally: Tally): void {
  if (problem.severity !== 'error') return;
  tally.errors++;
  if (problem.reason === 'damaged') tally.damaged++;
}
