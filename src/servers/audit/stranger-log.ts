/**
 * Holds back a flood: requests of strangers, which anybody can send without end, take a bounded part of an audit log.
 * @module
 */
import type { Clock } from '../../base/ports.ts';
import type { AuditLog } from './audit-log.ts';
import type { AuditEntry } from './audit-line.ts';

/** Entries of strangers that are written in a second. More are counted. */
export const STRANGERS_PER_SECOND = 20;

const WINDOW_MS = 1000;

/** Entries of requests that no known access key is named in. All others go straight to the log. */
export class StrangerLog {
  readonly #log: AuditLog;
  readonly #clock: Clock;
  #windowMs = 0;
  #written = 0;
  #leftOut = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param log stays the caller's */
  constructor(log: AuditLog, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /**
   * @returns when it is written, or counted
   * @throws as `AuditLog.append`
   */
  async append(entry: AuditEntry): Promise<void> {
    const nowMs = this.#clock();
    // Also where the clock was set back.
    if (Math.abs(nowMs - this.#windowMs) >= WINDOW_MS) {
      this.#windowMs = nowMs;
      this.#written = 0;
    }
    if (this.#written < STRANGERS_PER_SECOND) {
      this.#written++;
      return this.#log.append(entry);
    }
    this.#leftOut++;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      // The next that is left out tries again.
      this.#tell().catch(() => undefined);
    }, WINDOW_MS).unref();
  }

  /** Says what was left out, before the log is closed. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#tell();
  }

  async #tell(): Promise<void> {
    const count = this.#leftOut;
    if (count === 0) return;
    this.#leftOut = 0;
    try {
      await this.#log.append({ event: 'strangers-left-out', count });
    } catch (error) {
      this.#leftOut += count;
      throw error;
    }
  }
}
