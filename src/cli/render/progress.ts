/**
 * Progress on stderr: a bar that redraws itself on a terminal, and a line now and then elsewhere.
 * @module
 */
import type { SingleBar } from 'cli-progress';
import { formatBytes, formatDuration } from '../../base/units.ts';
import type { CommandContext } from '../command.ts';
import type { Output } from './output.ts';
import { Pace } from './pace.ts';
import { BarTerminal } from './bar-terminal.ts';
import { grouped, shortened } from './words.ts';

const LINE_EVERY_MS = 30_000;
const BAR_CELLS = 20;
const NARROWEST_PATH = 12;

export interface ProgressState {
  readonly filesDone: number;
  readonly filesTotal: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  /** The totals are final. */
  readonly scanned: boolean;
  /** What is being worked on, for reading. */
  readonly current: string;
  /** What the counts count: `files`, `packs`. */
  readonly unit: string;
}

/** How far a job is that knows from the beginning how much there is. */
export interface CountedProgress {
  readonly done: number;
  readonly total: number;
  readonly bytesDone?: number;
  readonly bytesTotal?: number;
}

export function countedProgress(
  { done, total, bytesDone = 0, bytesTotal = 0 }: CountedProgress,
  unit: string,
): ProgressState {
  const files = { filesDone: done, filesTotal: total };
  return { ...files, bytesDone, bytesTotal, scanned: true, current: '', unit };
}

/** Shows how a job goes until disposed. */
export interface Progress extends Disposable {
  update(state: ProgressState): void;
}

/** A bar, lines or nothing, as the streams and flags say. */
export async function openProgress({ out, flags }: CommandContext<object>): Promise<Progress> {
  if (out.quiet || out.json || flags.progress === false) return new NoProgress();
  if (out.stderr.isTTY !== true) return new ProgressLines(out);
  const { SingleBar: Bar } = await import('cli-progress');
  return new ProgressBar(out, Bar);
}

class NoProgress implements Progress {
  update(): void {}
  [Symbol.dispose](): void {}
}

class ProgressLines implements Progress {
  readonly #out: Output;
  readonly #pace = new Pace();
  #lastMs = performance.now();

  constructor(out: Output) {
    this.#out = out;
  }

  update(state: ProgressState): void {
    const now = performance.now();
    this.#pace.observe(now, { bytes: state.bytesDone, files: state.filesDone });
    if (now - this.#lastMs < LINE_EVERY_MS) return;
    this.#lastMs = now;
    this.#out.note(`cybs3: ${[percent(state), ...figures(state, this.#pace)].join('  ')}`);
  }

  [Symbol.dispose](): void {}
}

class ProgressBar implements Progress {
  readonly #out: Output;
  readonly #pace = new Pace();
  readonly #terminal: BarTerminal;
  readonly #bar: SingleBar;
  /** For a process that is ended while the bar is shown. */
  readonly #showCursor = (): void => this.#terminal.cursor(true);
  #state: ProgressState | undefined;

  constructor(out: Output, Bar: typeof SingleBar) {
    this.#out = out;
    this.#terminal = new BarTerminal(out.stderr);
    const format = (): string => this.#line();
    const options = { format, fps: 8, hideCursor: true, clearOnComplete: true };
    // The usual one goes back to a saved position, which is wrong once lines have been written.
    const custom = { terminal: this.#terminal, stream: out.stderr, forceRedraw: true };
    this.#bar = new Bar({ ...options, ...custom });
    this.#bar.start(1, 0);
    process.once('exit', this.#showCursor);
    out.overlay = { hide: () => this.#terminal.hide(), show: () => this.#terminal.show() };
  }

  update(state: ProgressState): void {
    this.#state = state;
    this.#pace.observe(performance.now(), { bytes: state.bytesDone, files: state.filesDone });
  }

  [Symbol.dispose](): void {
    this.#out.overlay = undefined;
    this.#bar.stop();
    process.off('exit', this.#showCursor);
  }

  #line(): string {
    const state = this.#state;
    if (state === undefined) return 'starting';
    const text = [percent(state), bar(state), ...figures(state, this.#pace)].join('  ');
    const room = this.#terminal.getWidth() - text.length - 3;
    return room < NARROWEST_PATH ? text : `${text}  ${shortened(state.current, room)}`;
  }
}

/** By bytes, or by count where there are none; never 100 before the end. */
function shareDone(state: ProgressState): number {
  const [done, total] =
    state.bytesTotal > 0
      ? [state.bytesDone, state.bytesTotal]
      : [state.filesDone, state.filesTotal];
  return total === 0 ? 0 : Math.min(1, done / total);
}

function percent(state: ProgressState): string {
  return state.scanned ? `${String(Math.floor(100 * shareDone(state))).padStart(3)} %` : '  ?  ';
}

function bar(state: ProgressState): string {
  const cells = state.scanned ? Math.floor(BAR_CELLS * shareDone(state)) : 0;
  return `[${'='.repeat(cells)}${' '.repeat(BAR_CELLS - cells)}]`;
}

function figures(state: ProgressState, pace: Pace): string[] {
  const more = state.scanned ? '' : '+';
  const counts = `${grouped(state.filesDone)}/${grouped(state.filesTotal)}${more} ${state.unit}`;
  const bytes = `${formatBytes(state.bytesDone)}/${formatBytes(state.bytesTotal)}${more}`;
  const rate = pace.bytesPerSecond;
  const total = { bytes: state.bytesTotal, files: state.filesTotal };
  const left = state.scanned ? pace.leftMs(total) : undefined;
  return [
    counts,
    bytes,
    ...(rate === undefined ? [] : [`${formatBytes(rate)}/s`]),
    ...(left === undefined ? [] : [`${timeLeft(left)} left`]),
  ];
}

function timeLeft(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 60 ? `${seconds} s` : formatDuration(1000 * seconds);
}
