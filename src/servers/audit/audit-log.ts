/**
 * Writes down what was done and refused, by whom, so that no entry can be changed later without being noticed.
 * @module
 */
import type { FileHandle } from 'node:fs/promises';
import { assert } from '../../base/failure.ts';
import type { Clock } from '../../base/ports.ts';
import { openAuditFile } from './audit-file.ts';
import type { AuditFile } from './audit-file.ts';
import { encodeLine, hashLine } from './audit-line.ts';
import type { AuditEntry, ChainEnd } from './audit-line.ts';

export type { AuditEntry, JsonValue } from './audit-line.ts';

/** An entry is on disk this long after it was written, at most. */
const SYNC_AFTER_MS = 1000;
/** Entries that are written together. */
const BATCH_MAX = 1000;

interface Waiting {
  readonly timeMs: number;
  readonly entry: AuditEntry;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface AuditLogOptions {
  readonly clock: Clock;
}

/** The only writer of its file. */
export class AuditLog {
  readonly #handle: FileHandle;
  readonly #clock: Clock;
  #end: ChainEnd;
  #sizeBytes: number;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #syncTimer: NodeJS.Timeout | undefined;
  #isClosed = false;
  /** Of a sync that failed: what was written before may be lost, whatever a later one says. */
  #syncFailure: Error | undefined;

  private constructor(file: AuditFile, clock: Clock) {
    this.#handle = file.handle;
    this.#end = file.end;
    this.#sizeBytes = file.sizeBytes;
    this.#clock = clock;
  }

  /**
   * Goes on with the chain that is in `file`, or begins one. What a crash left of a line is set aside, and an
   * entry says so.
   * @throws AppError `serve/config` where it cannot be written, `serve/damaged` where it is no audit log
   */
  static async open(file: string, { clock }: AuditLogOptions): Promise<AuditLog> {
    const found = await openAuditFile(file, clock());
    const log = new AuditLog(found, clock);
    const { torn } = found;
    if (torn) await log.append({ event: 'torn-line', bytes: torn.bytes, movedTo: torn.file });
    return log;
  }

  /** Hash of the last line: worth noting where nobody who can write the file can write. */
  get head(): string {
    return this.#end.head;
  }

  /**
   * Entries are in the order of the calls.
   * @param entry without secrets; `seq`, `time` and `prev` in it are left out
   * @returns when it is written, though maybe not yet safe from a loss of power
   * @throws Error of the file system: nothing of the entry is in the log then
   */
  append(entry: AuditEntry): Promise<void> {
    assert(!this.#isClosed, 'the audit log was closed');
    return new Promise((resolve, reject) => {
      this.#waiting.push({ timeMs: this.#clock(), entry, resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  /** Writes what waits, and makes it safe. May be called again. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#writing;
    clearTimeout(this.#syncTimer);
    try {
      await this.#handle.sync();
    } finally {
      await this.#handle.close();
    }
  }

  async #writeAll(): Promise<void> {
    // What else arrives in this turn goes with it.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#writeBatch(this.#waiting.splice(0, BATCH_MAX));
    this.#writing = undefined;
  }

  /** Never throws: each of the batch is told. */
  async #writeBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      if (this.#syncFailure) throw this.#syncFailure;
      let end = this.#end;
      let text = '';
      for (const { timeMs, entry } of batch) {
        const line = encodeLine(end, timeMs, entry);
        end = { seq: end.seq + 1, head: hashLine(line) };
        text += `${line}\n`;
      }
      const bytes = Buffer.from(text);
      await this.#write(bytes);
      this.#end = end;
      this.#sizeBytes += bytes.length;
      this.#scheduleSync();
      for (const { resolve } of batch) resolve();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  async #write(bytes: Buffer): Promise<void> {
    try {
      await this.#handle.writeFile(bytes);
    } catch (error) {
      // A full disk may have taken the beginning: the next entry must not stand behind half of one.
      await this.#handle.truncate(this.#sizeBytes);
      throw error;
    }
  }

  #scheduleSync(): void {
    this.#syncTimer ??= setTimeout(() => {
      this.#syncTimer = undefined;
      this.#handle.datasync().catch((error: Error) => {
        this.#syncFailure = error;
      });
    }, SYNC_AFTER_MS).unref();
  }
}
