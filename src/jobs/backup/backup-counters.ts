/**
 * The counters that all threads keep in shared memory, one row each, and their sums.
 * @module
 */
import { COUNTERS, Counter } from './messages.ts';

export class BackupCounters {
  readonly #rows: readonly SharedArrayBuffer[];
  /** For the progress display. */
  currentPath = '';

  constructor(threads: number) {
    this.#rows = Array.from({ length: threads }, () => new SharedArrayBuffer(COUNTERS * 8));
  }

  row(thread: number): SharedArrayBuffer {
    const row = this.#rows[thread];
    if (!row) throw new RangeError(`there is no thread ${thread}`);
    return row;
  }

  sum(counter: keyof typeof Counter): number {
    const column = Counter[counter];
    return this.#rows.reduce((sum, row) => sum + (new Float64Array(row)[column] ?? 0), 0);
  }
}
