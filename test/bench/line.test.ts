import { describe, expect, test } from 'vitest';
import { leavesLineAt, slopesOf } from '../../bench/growth/line.ts';

const points = (...values: readonly number[]) =>
  values.map((value, i) => ({ items: 1000 * 10 ** i, value }));

describe('growth', () => {
  test('on a line has the same cost for each item more, whatever the start costs', () => {
    const line = points(5.1, 6, 15, 105);
    expect(slopesOf(line).map(({ perItem }) => Number(perItem.toFixed(6)))).toEqual([
      0.0001, 0.0001, 0.0001,
    ]);
    expect(leavesLineAt(line)).toBeUndefined();
  });

  test('that is worse than a line is seen where it begins', () => {
    expect(leavesLineAt(points(1, 2, 11, 1000))).toBe(1_000_000);
    expect(leavesLineAt(points(1, 2, 50, 600))).toBe(100_000);
  });

  test('that is better than a line has not left it to the worse', () => {
    expect(leavesLineAt(points(1, 10, 50, 200))).toBeUndefined();
  });

  test('within the noise says nothing', () => {
    expect(leavesLineAt(points(1, 1.001, 1.1, 11))).toBeUndefined();
  });
});
