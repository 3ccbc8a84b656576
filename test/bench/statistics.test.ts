import { describe, expect, test } from 'vitest';
import { median, ratioOf } from '../../bench/statistics.ts';

describe('medians', () => {
  test('of an odd and an even count, whatever the order', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([10, 1, 2, 3])).toBe(2.5);
    expect(median([7])).toBe(7);
  });

  test('of nothing there is none', () => {
    expect(median([])).toBeUndefined();
  });
});

describe('ratios', () => {
  const byRun = (...values: readonly number[]) => new Map(values.map((value, run) => [run, value]));

  test('are taken run by run, not of the medians', () => {
    const ratio = ratioOf(byRun(10, 30, 20), byRun(5, 10, 40));
    expect(ratio).toEqual({ median: 2, min: 0.5, max: 3 });
  });

  test('leave out runs that only one of the two has', () => {
    const ratio = ratioOf(byRun(10, 30), new Map([[1, 10]]));
    expect(ratio).toEqual({ median: 3, min: 3, max: 3 });
  });

  test('are absent where there is nothing to compare, or ours took no time', () => {
    expect(ratioOf(byRun(1), new Map())).toBeUndefined();
    expect(ratioOf(byRun(1), byRun(0))).toBeUndefined();
  });
});
