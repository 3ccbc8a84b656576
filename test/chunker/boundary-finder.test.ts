import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoundaryFinder } from '../../src/chunker/boundary-finder.ts';
import { referenceBoundaries, type Candidate } from './reference.ts';

function boundariesOf(candidates: readonly Candidate[], fileBytes: number, min: number): number[] {
  const finder = new BoundaryFinder(min);
  const found: number[] = [];
  const take = (frontier: number): void => {
    const boundary = finder.take(frontier);
    if (boundary >= 0) found.push(boundary);
  };
  for (const { position, value } of candidates) {
    take(position);
    finder.add(position, value);
  }
  take(fileBytes);
  return found;
}

describe('the boundary finder', () => {
  it('finds what the definition says, ties included', () => {
    const candidates = fc
      .uniqueArray(
        fc.record({ position: fc.integer({ min: 65, max: 4000 }), value: fc.nat({ max: 50 }) }),
        { selector: ({ position }) => position, maxLength: 200 },
      )
      .map((all) => all.sort((a, b) => a.position - b.position));
    fc.assert(
      fc.property(candidates, fc.integer({ min: 128, max: 500 }), (all, min) => {
        const fileBytes = (all.at(-1)?.position ?? 0) + 130;
        expect(boundariesOf(all, fileBytes, min)).toEqual(referenceBoundaries(all, fileBytes, min));
      }),
      { numRuns: 500 },
    );
  });

  it('keeps boundaries the minimum apart, each one a boundary for smaller minima too', () => {
    const all = Array.from({ length: 2000 }, (_, i) => ({
      position: 65 + 37 * i,
      value: Math.imul(i + 1, 0x9e3779b1) >>> 0,
    }));
    const small = boundariesOf(all, 80_000, 500);
    const large = boundariesOf(all, 80_000, 1500);
    expect(large.length).toBeGreaterThan(10);
    expect(small.length).toBeGreaterThan(large.length);
    expect(small.filter((p) => large.includes(p))).toEqual(large);
    for (const [i, p] of small.entries()) expect(p - (small[i - 1] ?? 0)).toBeGreaterThan(499);
  });

  it('copes with many rising candidates in one window', () => {
    const all = Array.from({ length: 5000 }, (_, i) => ({ position: 100 + i, value: 1000 + i }));
    expect(boundariesOf(all, 20_000, 10_000)).toEqual([]);
    expect(boundariesOf(all, 20_000, 100)).toEqual([100]);
    const low = { position: 9000, value: 5 };
    expect(boundariesOf([...all, low], 20_000, 4000)).toEqual([9000]);
  });
});
