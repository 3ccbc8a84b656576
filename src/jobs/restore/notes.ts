/**
 * What a restore has to say: its events on their way to whoever listens, and the running totals.
 * @module
 */
import { asBuffer } from '../../base/bytes.ts';
import type { Clock } from '../../base/ports.ts';
import type { PathKey } from '../../format/entry.ts';
import { displayPath } from '../../files/path.ts';
import type { PathReport, RestoreEvent, RestoreSummary } from '../events.ts';

const PROGRESS_EVERY_MS = 250;
/** Events that wait for a slow listener; the producers pause above it. */
const WAITING_MAX = 10_000;

export type Totals = {
  -readonly [K in Exclude<keyof RestoreSummary, 'type' | 'snapshotId' | 'durationMs'>]: number;
};

export class RestoreNotes {
  readonly totals: Totals = {
    filesRestored: 0,
    filesKept: 0,
    directories: 0,
    others: 0,
    filesDeleted: 0,
    filesFailed: 0,
    bytesRestored: 0,
    bytesFetched: 0,
    bytesVerified: 0,
  };
  filesTotal = 0;
  bytesTotal = 0;
  /** Content that needs no more work: restored, kept or failed. */
  bytesDone = 0;
  scanned = false;
  /** The path of what was finished last. */
  currentPath: () => PathKey = () => new Uint8Array(0);
  /** Files that could not be restored and have further names (`keyText` of their keys). */
  readonly failedSources = new Set<string>();
  readonly #clock: Clock;
  /** A path event for every entry is wanted. */
  readonly isVerbose: boolean;
  readonly #waiting: RestoreEvent[] = [];
  #wake: (() => void) | undefined;
  #resume: (() => void)[] = [];
  #lastProgressMs: number;
  #ended = false;

  constructor(clock: Clock, isVerbose: boolean) {
    this.#clock = clock;
    this.isVerbose = isVerbose;
    this.#lastProgressMs = clock();
  }

  push(event: RestoreEvent): void {
    this.#waiting.push(event);
    this.#wake?.();
  }

  problem(path: PathKey, severity: 'error' | 'warning', reason: string, message: string): void {
    this.push({ type: 'problem', severity, path: displayPath(path), reason, message });
  }

  report(action: PathReport['action'], path: PathKey, sizeBytes: number): void {
    if (this.isVerbose) this.push({ type: 'path', action, path: displayPath(path), sizeBytes });
  }

  /** At most four times a second. */
  progress(): void {
    const now = this.#clock();
    if (now - this.#lastProgressMs < PROGRESS_EVERY_MS) return;
    this.#lastProgressMs = now;
    const { filesRestored, filesKept, filesFailed } = this.totals;
    this.push({
      type: 'progress',
      filesDone: filesRestored + filesKept + filesFailed,
      filesTotal: this.filesTotal,
      bytesDone: this.bytesDone,
      bytesTotal: this.bytesTotal,
      scanned: this.scanned,
      currentPath: displayPath(this.currentPath()),
    });
  }

  /** Waits while the listener is far behind. */
  async settle(): Promise<void> {
    while (this.#waiting.length > WAITING_MAX && !this.#ended) {
      await new Promise<void>((resolve) => this.#resume.push(resolve));
    }
  }

  /** No event follows. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
    for (const resume of this.#resume.splice(0)) resume();
  }

  /** The events, until `end`. One listener. */
  async *events(): AsyncGenerator<RestoreEvent> {
    for (;;) {
      while (this.#waiting.length > 0) {
        const batch = this.#waiting.splice(0);
        for (const resume of this.#resume.splice(0)) resume();
        yield* batch;
      }
      if (this.#ended) return;
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = undefined;
    }
  }
}

/** A key as text that can be compared. */
export function keyText(key: PathKey): string {
  return asBuffer(key).toString('latin1');
}
