/**
 * The files a thread is writing pieces of, kept open while more pieces may come.
 * @module
 */
import { closeSync } from 'node:fs';
import type { FileGoal, FileWriter } from '../../../files/restore/file-writer.ts';
import { DirectFile } from '../../../files/restore/write-direct.ts';

/** Large ones take two descriptors. */
const OPEN_MAX = 32;

/** By item number of the current window. */
export class OpenFiles {
  readonly #writer: FileWriter;
  readonly #open = new Map<number, DirectFile>();

  constructor(writer: FileWriter) {
    this.#writer = writer;
  }

  /** It stays this object's. @throws as `FileWriter.open` */
  get(n: number, goal: FileGoal): DirectFile {
    const known = this.#open.get(n);
    if (known !== undefined) return known;
    const file = new DirectFile(this.#writer.open(goal));
    this.#open.set(n, file);
    if (this.#open.size > OPEN_MAX) {
      const oldest = this.#open.keys().next().value;
      if (oldest !== undefined) this.drop(oldest);
    }
    return file;
  }

  drop(n: number): void {
    const file = this.#open.get(n);
    if (file === undefined) return;
    this.#open.delete(n);
    close(file);
  }

  close(): void {
    for (const n of this.#open.keys()) this.drop(n);
  }
}

function close(file: DirectFile): void {
  try {
    file.close();
  } finally {
    closeSync(file.fd);
  }
}
