/** The memory that is fetched into: bounded, and handed out in order. */
import { describe, expect, test } from 'vitest';
import { PAGE_BYTES } from '../../../src/base/page-memory.ts';
import { MiB } from '../../../src/base/units.ts';
import { FetchSlots } from '../../../src/jobs/restore/run/fetch-slots.ts';
import type { FetchSlot } from '../../../src/jobs/restore/run/fetch-slots.ts';

/** Takes room for each, and says in which order it came. */
function takeAll(slots: FetchSlots, sizes: readonly number[]) {
  const got: { n: number; slot: FetchSlot }[] = [];
  for (const [n, size] of sizes.entries())
    void slots.take(size).then((slot) => got.push({ n, slot }));
  return got;
}

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('slots to fetch into', () => {
  test('are no more than fit, each apart from the others and aligned', async () => {
    const slots = new FetchSlots(8 * MiB, 5);
    const got = takeAll(
      slots,
      Array.from({ length: 9 }, () => 8 * MiB),
    );
    await soon();
    expect(got).toHaveLength(5);
    const starts = got.map(({ slot }) => slot.memory?.byteOffset ?? -1).sort((a, b) => a - b);
    for (const [n, start] of starts.entries()) {
      expect(start % PAGE_BYTES).toBe(0);
      expect(start - (starts[n - 1] ?? -Infinity)).toBeGreaterThanOrEqual(8 * MiB + 2 * PAGE_BYTES);
    }
    for (const { slot } of got.slice(0, 5)) slots.give(slot);
    await soon();
    expect(got.map(({ n }) => n)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('are not for what is short, or longer than any, but that counts as well', async () => {
    const slots = new FetchSlots(8 * MiB, 5);
    const got = takeAll(slots, [1000, 8 * MiB + 1, 100 * MiB, 1000]);
    await soon();
    expect(got.map(({ n }) => n)).toEqual([0, 1]);
    for (const { slot } of got) {
      expect(slot.memory).toBeUndefined();
      slots.give(slot);
    }
    await soon();
    expect(got.map(({ n }) => n)).toEqual([0, 1, 2]);
    slots.give(got[2]?.slot as FetchSlot);
    await soon();
    expect(got.map(({ n }) => n)).toEqual([0, 1, 2, 3]);
  });
});
