import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '../../src/base/event-queue.ts';
import { mapConcurrent } from '../../src/base/flow.ts';

describe('mapConcurrent', () => {
  it('gives results in order, and never has more under way than it may', async () => {
    let running = 0;
    let most = 0;
    const work = async (n: number) => {
      most = Math.max(most, ++running);
      await sleep(n % 3);
      running--;
      return n;
    };
    const results: number[] = [];
    for await (const n of mapConcurrent([1, 2, 3, 4, 5, 6, 7], 3, work)) results.push(n);
    expect(results).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(most).toBe(3);
  });

  it('ends with the first error, after what was under way has settled', async () => {
    let settled = 0;
    const work = async (n: number) => {
      if (n === 2) throw new Error('two');
      await sleep(5);
      settled++;
    };
    const run = async () => {
      for await (const _ of mapConcurrent([1, 2, 3, 4, 5], 3, work));
    };
    await expect(run()).rejects.toThrow('two');
    // One, three, and four, which had begun when two was looked at; five never does.
    expect(settled).toBe(3);
  });

  it('closes its source when the loop is left early', async () => {
    let isClosed = false;
    async function* source() {
      try {
        for (let n = 0; ; n++) yield n;
      } finally {
        isClosed = true;
      }
    }
    for await (const n of mapConcurrent(source(), 2, async (x) => x)) if (n === 3) break;
    expect(isClosed).toBe(true);
  });
});

describe('eventsOf', () => {
  it('yields what is emitted, in order, and then ends', async () => {
    const events = eventsOf<number>(async (emit) => {
      emit(1);
      await sleep(2);
      emit(2);
      emit(3);
    });
    const seen: number[] = [];
    for await (const event of events) seen.push(event);
    expect(seen).toEqual([1, 2, 3]);
  });

  it('yields what came before a failure, and then fails', async () => {
    const seen: number[] = [];
    const run = async () => {
      const events = eventsOf<number>(async (emit) => {
        emit(1);
        throw new Error('broken');
      });
      for await (const event of events) seen.push(event);
    };
    await expect(run()).rejects.toThrow('broken');
    expect(seen).toEqual([1]);
  });

  it('cancels the work when nobody listens any more, and waits for its end', async () => {
    const stop = new AbortController();
    let hasEnded = false;
    const events = eventsOf<number>(
      async (emit) => {
        emit(1);
        await sleep(10_000, undefined, { signal: stop.signal }).catch(() => undefined);
        hasEnded = true;
      },
      () => stop.abort(),
    );
    for await (const event of events) if (event === 1) break;
    expect(hasEnded).toBe(true);
  });
});
