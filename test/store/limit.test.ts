import { describe, expect, it } from 'vitest';
import { KiB, MiB } from '../../src/base/units.ts';
import { sleepMs, Throttle } from '../../src/store/limit.ts';

describe('a throttle', () => {
  it('keeps the rate over many takers, in their order, with no burst', async () => {
    let now = 0;
    const sleepers: { until: number; wake: () => void }[] = [];
    const sleep = (ms: number) =>
      new Promise<void>((wake) => sleepers.push({ until: now + ms, wake }));
    const throttle = new Throttle({ bytesPerSecond: MiB, clock: () => now, sleep });
    const moved: { at: number; taker: number }[] = [];
    const taker = async (id: number) => {
      for (let n = 0; n < 16; n++) {
        await throttle.take(throttle.sliceBytes);
        moved.push({ at: now, taker: id });
      }
    };
    const all = Promise.all([0, 1, 2, 3].map(taker));
    for (let turns = 0; turns < 200; turns++) {
      await new Promise((resolve) => setImmediate(resolve));
      const next = sleepers.sort((a, b) => a.until - b.until).shift();
      if (!next) break;
      now = next.until;
      next.wake();
    }
    await all;
    const bytes = 64 * throttle.sliceBytes;
    expect(now).toBeCloseTo(((bytes - throttle.sliceBytes) / MiB) * 1000, 3);
    for (const [n, { at }] of moved.entries()) {
      expect(((n + 1) * throttle.sliceBytes) / MiB).toBeCloseTo(at / 1000 + 0.05, 2);
    }
    for (let n = 0; n < 64; n += 4) {
      const round = moved.slice(n, n + 4).map((move) => move.taker);
      expect(new Set(round).size).toBe(4);
    }
  });

  it('saves nothing up while it is idle', async () => {
    let now = 0;
    const pauses: number[] = [];
    const sleep = async (ms: number) => void pauses.push(ms);
    const throttle = new Throttle({ bytesPerSecond: 1000, clock: () => now, sleep });
    await throttle.take(100);
    now = 1_000_000;
    await throttle.take(100);
    await throttle.take(100);
    await throttle.take(100);
    expect(pauses).toEqual([100, 200]);
  });

  it.each([
    [1, KiB],
    [100 * KiB, 5 * KiB],
    [100 * MiB, 64 * KiB],
  ])('takes small slices at %i bytes a second', (bytesPerSecond, slice) => {
    expect(new Throttle({ bytesPerSecond }).sliceBytes).toBe(slice);
  });

  it('can be interrupted', async () => {
    const throttle = new Throttle({ bytesPerSecond: 1 });
    await throttle.take(1000);
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 10);
    const late = throttle.take(1, abort.signal);
    await expect(late).rejects.toMatchObject({ code: 'interrupted' });
    await expect(sleepMs(1, abort.signal)).rejects.toMatchObject({ code: 'interrupted' });
  });
});
