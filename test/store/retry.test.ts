import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/base/failure.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import type { ObjectStore } from '../../src/store/port.ts';
import { RetryingStore, withRetries } from '../../src/store/retry.ts';
import type { RetryOptions } from '../../src/store/retry.ts';
import { failureOf, listed, storable } from './contract.ts';

const shaky = new AppError('store/unavailable', 'shaky', { retry: 'soon' });

/** A clock that only the pauses move. */
function steered(options: RetryOptions = {}) {
  const pauses: number[] = [];
  let now = 0;
  const sleep = async (ms: number) => {
    pauses.push(ms);
    now += ms;
  };
  return { pauses, options: { clock: () => now, sleep, random: () => 1 - 1e-12, ...options } };
}

function failing(times: number, failure: unknown = shaky) {
  let calls = 0;
  const attempt = async () => {
    if (++calls <= times) throw failure;
    return calls;
  };
  return { attempt, calls: () => calls };
}

describe('retries', () => {
  it('pause longer each time, up to a bound', async () => {
    const { pauses, options } = steered({ firstPauseMs: 100, longestPauseMs: 1000 });
    expect(await withRetries(failing(6).attempt, options)).toBe(7);
    expect(pauses.map(Math.round)).toEqual([100, 200, 400, 800, 1000, 1000]);
  });

  it('take any part of the pause, so that many clients do not come back together', async () => {
    const { pauses, options } = steered({ firstPauseMs: 1000, random: () => 0.25 });
    await withRetries(failing(2).attempt, options);
    expect(pauses).toEqual([250, 500]);
    const real = steered({ firstPauseMs: 1000, longestPauseMs: 1000, totalMs: 1e9 });
    const { random: _, ...natural } = real.options;
    await withRetries(failing(200).attempt, natural);
    expect(new Set(real.pauses).size).toBeGreaterThan(190);
    expect(Math.min(...real.pauses)).toBeLessThan(200);
    expect(Math.max(...real.pauses)).toBeGreaterThan(800);
    expect(Math.max(...real.pauses)).toBeLessThan(1000);
  });

  it('end when the time is up, with the last failure', async () => {
    const { pauses, options } = steered();
    const { attempt } = failing(Infinity);
    expect(await failureOf(withRetries(attempt, options))).toBe(shaky);
    const total = pauses.reduce((sum, pause) => sum + pause, 0);
    expect(total).toBeLessThanOrEqual(300_000);
    expect(total).toBeGreaterThan(240_000);
  });

  it('leave what is final, and what is a bug, alone', async () => {
    const { options } = steered();
    const denied = new AppError('store/denied', 'no');
    const final = failing(1, denied);
    expect(await failureOf(withRetries(final.attempt, options))).toBe(denied);
    expect(final.calls()).toBe(1);
    const bug = failing(1, new Error('a bug'));
    await expect(withRetries(bug.attempt, options)).rejects.toThrow('a bug');
    expect(bug.calls()).toBe(1);
  });

  it('tell of each pause before it begins', async () => {
    const told: string[] = [];
    const { options } = steered({
      onRetry: ({ message }, ms) => told.push(`${message} ${ms > 0}`),
    });
    await withRetries(failing(2).attempt, options);
    expect(told).toEqual(['shaky true', 'shaky true']);
  });

  it('end with an interrupt within a pause', async () => {
    const abort = new AbortController();
    const options = { firstPauseMs: 60_000, longestPauseMs: 60_000, random: () => 0.9 };
    const call = failureOf(withRetries(failing(9).attempt, options, abort.signal));
    setTimeout(() => abort.abort(), 20);
    expect(await call).toMatchObject({ code: 'interrupted' });
  });
});

describe('a retrying store', () => {
  /** A real store whose every call fails so often before it works. */
  function shakyStore(times: number): ObjectStore {
    const memory = new MemoryStore();
    const left = new Map<string, number>();
    const fails = (name: string) => {
      const before = left.get(name) ?? times;
      left.set(name, before - 1);
      if (before > 0) throw shaky;
    };
    return {
      location: 'shaky',
      capabilities: memory.capabilities,
      put: async (...all) => (fails('put'), memory.put(...all)),
      get: async (...all) => (fails('get'), memory.get(...all)),
      head: async (...all) => (fails('head'), memory.head(...all)),
      delete: async (...all) => (fails('delete'), memory.delete(...all)),
      sweep: async (...all) => (fails('sweep'), memory.sweep(...all)),
      close: () => memory.close(),
      async *list(...all) {
        fails('list');
        yield* memory.list(...all);
      },
    };
  }

  it('retries every call', async () => {
    const { pauses, options } = steered();
    const store = new RetryingStore(shakyStore(2), options);
    await store.put('a', storable('x'));
    expect(Buffer.from(await store.get('a')).toString()).toBe('x');
    expect(await store.head('a')).toBeDefined();
    expect(await listed(store.list(''))).toHaveLength(1);
    expect(await store.sweep(0)).toBe(0);
    await store.delete('a');
    expect(pauses).toHaveLength(12);
    expect(store.location).toBe('shaky');
  });
});
