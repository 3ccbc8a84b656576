/**
 * Bandwidth limits: what passes through a throttle leaves at an even pace, however many share it.
 * Stores pay slice by slice as bytes really move, so that a large object does not go out in one
 * burst.
 * @module
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as timer } from 'node:timers/promises';
import type { Clock } from '../base/ports.ts';
import { KiB } from '../base/units.ts';
import { interrupted } from './outcome.ts';

/** Waits that many milliseconds; rejects with `interrupted` when the signal is aborted before. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

export interface ThrottleOptions {
  readonly bytesPerSecond: number;
  /** Milliseconds that only go forward; default: the process's monotonic clock. */
  readonly clock?: Clock;
  readonly sleep?: Sleep;
}

/** The limits of one store; an absent one is no limit. */
export interface ByteLimits {
  readonly upload?: Throttle;
  readonly download?: Throttle;
}

/**
 * Hands out turns at a fixed rate, first come, first served. Nothing is saved up while it is idle,
 * so there is no burst but the one slice at the front.
 */
export class Throttle {
  readonly bytesPerSecond: number;
  /** How much to take at once: about a twentieth of a second's worth. */
  readonly sliceBytes: number;
  readonly #clock: Clock;
  readonly #sleep: Sleep;
  #freeAtMs = 0;

  constructor(options: ThrottleOptions) {
    const rate = Math.max(1, options.bytesPerSecond);
    this.bytesPerSecond = rate;
    this.sliceBytes = Math.round(Math.min(Math.max(rate / 20, KiB), 64 * KiB));
    this.#clock = options.clock ?? monotonicMs;
    this.#sleep = options.sleep ?? sleepMs;
  }

  /** Resolves when `bytes` may move. */
  async take(bytes: number, signal?: AbortSignal): Promise<void> {
    const now = this.#clock();
    const start = Math.max(now, this.#freeAtMs);
    this.#freeAtMs = start + (bytes / this.bytesPerSecond) * 1000;
    if (start > now) await this.#sleep(start - now, signal);
  }
}

/** Milliseconds since some moment; never set back. */
export function monotonicMs(): number {
  return performance.now();
}

/** `Sleep` by the event loop's timers. */
export async function sleepMs(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await timer(ms, undefined, signal && { signal });
  } catch (error) {
    throw interrupted(error);
  }
}
