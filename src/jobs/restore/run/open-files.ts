/**
 * The files a thread is writing pieces of, kept open while more pieces may come.
 * @module
 */
import { closeSync } from 'node:fs';
import type { FileGoal, FileWriter } from '../../../files/restore/file-writer.ts';

const OPEN_MAX = 64;

/** By item number of the current window. */
export class OpenFiles {
  readonly #writer: FileWriter;
  readonly #open = new Map<number, number>();

  constructor(writer: FileWriter) {
    this.#writer = writer;
  }

  /** The handle; it stays this object's. @throws as `FileWriter.open` */
  get(n: number, goal: FileGoal): number {
    const known = this.#open.get(n);
    if (known !== undefined) return known;
    const fd = this.#writer.open(goal);
    this.#open.set(n, fd);
    if (this.#open.size > OPEN_MAX) {
      const oldest = this.#open.keys().next().value;
      if (oldest !== undefined) this.drop(oldest);
    }
    return fd;
  }

  drop(n: number): void {
    const fd = this.#open.get(n);
    if (fd === undefined) return;
    this.#open.delete(n);
    closeSync(fd);
  }

  close(): void {
    for (const fd of this.#open.values()) closeSync(fd);
    this.#open.clear();
  }
}
