/**
 * The two streams and who reads them: results go to stdout, everything for people to stderr.
 * A reader of stdout that went away (`… | head`) is no failure: `BrokenPipe` ends a listing
 * quietly, while a job goes on and only its events are dropped.
 * @module
 */
import { once } from 'node:events';
import { AppError } from '../../base/failure.ts';
import type { Io } from '../io.ts';

/** Thrown by `result` once nobody reads stdout any more. */
export class BrokenPipe extends Error {
  override readonly name = 'BrokenPipe';
}

export interface OutputStyle {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** Told before and after lines are written, so that a progress bar can step aside. */
export interface Overlay {
  hide(): void;
  show(): void;
}

export class Output {
  readonly stdout: Io['stdout'];
  readonly stderr: NodeJS.WriteStream;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  overlay: Overlay | undefined;
  #broken = false;

  constructor(stdout: Io['stdout'], stderr: NodeJS.WriteStream, style: OutputStyle) {
    this.stdout = stdout;
    this.stderr = stderr;
    this.json = style.json;
    this.quiet = style.quiet;
    this.verbose = style.verbose;
    stdout.on('error', (error: NodeJS.ErrnoException) => {
      this.#broken = true;
      if (error.code !== 'EPIPE') this.#say(`cybs3: warning: stdout: ${error.message}\n`);
    });
    stderr.on('error', () => undefined);
  }

  /**
   * Writes to stdout as fast as its reader takes it.
   * @throws BrokenPipe when the reader went away
   */
  async result(data: string | Uint8Array): Promise<void> {
    if (this.#broken) throw new BrokenPipe('nobody reads stdout');
    this.overlay?.hide();
    const ready = this.stdout.write(data);
    this.overlay?.show();
    if (ready) return;
    await this.#drained();
    if (this.isBroken()) throw new BrokenPipe('nobody reads stdout');
  }

  async #drained(): Promise<void> {
    // Else the one that does not come leaves its listeners behind, each time.
    const done = new AbortController();
    const wait = (event: string) => once(this.stdout, event, { signal: done.signal });
    await Promise.race([wait('drain'), wait('close')]).catch(() => undefined);
    done.abort();
  }

  /**
   * As `result`, and waits until the operating system has it all.
   * @throws AppError `files/write` when it could not be handed over
   */
  async deliver(data: string, what: string): Promise<void> {
    const error = await new Promise((resolve) => this.stdout.write(data, resolve));
    if (!error) return;
    throw new AppError('files/write', `nobody took ${what} from stdout`, { cause: error });
  }

  /** One JSON document or NDJSON line on stdout, with the schema's name first. */
  async document(type: string, fields: object): Promise<void> {
    await this.result(jsonLine(type, fields));
  }

  /** As `result`, for a job that goes on whether or not somebody reads. */
  async tryResult(data: string | Uint8Array): Promise<void> {
    if (!this.#broken) await this.result(data).catch(() => undefined);
  }

  isBroken(): boolean {
    return this.#broken;
  }

  /** A line for people; not with `--quiet` or `--json`. */
  note(line: string): void {
    if (!this.quiet && !this.json) this.#say(`${line}\n`);
  }

  /** A line for people with `--verbose`. */
  detail(line: string): void {
    if (this.verbose) this.note(line);
  }

  /** Something to know even with `--quiet`. */
  warn(message: string): void {
    if (this.json) {
      this.#say(jsonLine('warning', { message }));
    } else this.#say(`cybs3: warning: ${message}\n`);
  }

  /** A whole line for stderr, as it is. */
  complain(line: string): void {
    this.#say(`${line}\n`);
  }

  #say(text: string): void {
    this.overlay?.hide();
    this.stderr.write(text);
    this.overlay?.show();
  }
}

/** One line of JSON, its newline included. */
export function jsonLine(type: string, fields: object): string {
  return `${JSON.stringify({ schema: 'cybs3/v1', type, ...fields })}\n`;
}
