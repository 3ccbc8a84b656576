import { fc, test } from './property.ts';
import { describe, expect, it } from 'vitest';
import { padmeLength } from '../../src/base/padme.ts';

const length = fc.nat({ max: 2 ** 46 });

describe('Padmé', () => {
  test('never shortens, adds at most 12 %, and is its own result', [length], (bytes) => {
    const padded = padmeLength(bytes);
    expect(padded).toBeGreaterThanOrEqual(bytes);
    expect(padded).toBeLessThanOrEqual(bytes * 1.12 + 1);
    expect(padmeLength(padded)).toBe(padded);
  });

  test('keeps the order of lengths', [length, length], (a, b) => {
    const [less, more] = [Math.min(a, b), Math.max(a, b)];
    expect(padmeLength(less)).toBeLessThanOrEqual(padmeLength(more));
  });

  it('gives the lengths of the paper', () => {
    // E = floor(log2 L), S = floor(log2 E) + 1, the low E - S bits are rounded up.
    expect([0, 1, 8, 9, 100, 1000, 33_554_433].map(padmeLength)).toEqual([
      0, 1, 8, 10, 104, 1024, 34_603_008,
    ]);
  });
});
