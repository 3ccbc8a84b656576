/**
 * A file of JSON lines, one for each request, written behind the answers: it holds up nobody.
 * @module
 */
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { AppError } from '../../../base/failure.ts';
import { MiB } from '../../../base/units.ts';

const FILE_MODE = 0o600;

/** Lines that wait while the disk is slow. Beyond it they are counted and dropped, rather than filling the memory. */
const WAITING_BYTES_MAX = 16 * MiB;

export class AccessLog {
  readonly #handle: FileHandle;
  #waiting = '';
  #dropped = 0;
  #writing: Promise<void> | undefined;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /**
   * Appends to `file`, which is made where there is none.
   * @throws AppError `serve/config` where it cannot be written
   */
  static async open(file: string): Promise<AccessLog> {
    try {
      return new AccessLog(await open(file, 'a', FILE_MODE));
    } catch (cause) {
      throw new AppError('serve/config', `cannot write the access log ${file}`, { cause });
    }
  }

  add(entry: object): void {
    if (this.#waiting.length > WAITING_BYTES_MAX) {
      this.#dropped++;
      return;
    }
    this.#waiting += `${JSON.stringify(entry)}\n`;
    this.#writing ??= this.#writeAll();
  }

  /** Writes what waits. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#handle.close();
  }

  async #writeAll(): Promise<void> {
    // What else arrives in this turn goes with it.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting !== '') {
      let text = this.#waiting;
      this.#waiting = '';
      if (this.#dropped > 0) text += `${JSON.stringify({ dropped: this.#dropped })}\n`;
      this.#dropped = 0;
      // A full disk must not stop the server; what is lost is lost.
      await this.#handle.appendFile(text).catch(() => void this.#dropped++);
    }
    this.#writing = undefined;
  }
}
