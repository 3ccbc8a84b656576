import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GiB, KiB, MiB } from '../../../src/base/units.ts';
import {
  SEGMENT_OVERHEAD_BYTES,
  SEGMENT_SIZES_BYTES,
  plainBytesOf,
  sealedBytes,
  segmentBytesFor,
  segmentCount,
  segmentSpan,
} from '../../../src/crypto/sealed/sizes.ts';
import { failureCode } from '../failure-code.ts';

const anySegment = fc.constantFrom(...SEGMENT_SIZES_BYTES);
/** Lengths near multiples of the segment size are where mistakes are. */
const anyLength = fc
  .tuple(anySegment, fc.nat(2 ** 20), fc.integer({ min: -60, max: 60 }))
  .map(([segment, count, near]) => ({ segment, plain: Math.max(0, count * segment + near) }));

describe('the segment size', () => {
  it.each([
    [0, 256 * KiB],
    [10 * MiB - 1, 256 * KiB],
    [10 * MiB, MiB],
    [100 * MiB - 1, MiB],
    [100 * MiB, 5 * MiB],
    [GiB - 1, 5 * MiB],
    [GiB, 16 * MiB],
    [undefined, MiB],
  ])('for %s bytes is %i', (plain, segment) => {
    expect(segmentBytesFor(plain)).toBe(segment);
  });
});

describe('the length of a sealed object', () => {
  it.each([
    [0, 1, 124],
    [1, 1, 125],
    [256 * KiB - 1, 1, 96 + 28 + 256 * KiB - 1],
    [256 * KiB, 2, 96 + 56 + 256 * KiB],
    [256 * KiB + 1, 2, 96 + 56 + 256 * KiB + 1],
  ])('for %i bytes is %i segments, %i bytes', (plain, segments, sealed) => {
    expect(segmentCount(plain, 256 * KiB)).toBe(segments);
    expect(sealedBytes(plain, 256 * KiB)).toBe(sealed);
  });

  it('gives the length of the plaintext back', () => {
    fc.assert(
      fc.property(anyLength, ({ segment, plain }) => {
        expect(plainBytesOf(sealedBytes(plain, segment), segment)).toBe(plain);
      }),
    );
  });

  it('is one that some plaintext has, or is refused', () => {
    fc.assert(
      fc.property(anyLength, ({ segment, plain: sealed }) => {
        const isPossible =
          sealed >= 124 && (sealed - 96) % (segment + SEGMENT_OVERHEAD_BYTES) >= 28;
        const code = failureCode(() => plainBytesOf(sealed, segment));
        expect(code).toBe(isPossible ? 'none' : 'object/truncated');
        if (isPossible) expect(sealedBytes(plainBytesOf(sealed, segment), segment)).toBe(sealed);
      }),
    );
  });

  it('is refused wherever an object was cut between two segments', () => {
    for (const segment of SEGMENT_SIZES_BYTES) {
      for (let full = 0; full < 5; full++) {
        const cut = 96 + full * (segment + 28);
        expect(failureCode(() => plainBytesOf(cut, segment))).toBe('object/truncated');
      }
    }
  });

  it.each([-1, 1.5, Number.NaN, 2 ** 53])('does not accept %d as a length', (bytes) => {
    expect(() => sealedBytes(bytes, MiB)).toThrow('not a length');
    expect(() => plainBytesOf(bytes, MiB)).toThrow('not a length');
  });
});

describe('the segments that cover a range', () => {
  const anyRange = fc
    .tuple(
      anySegment,
      fc.nat(50),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(40),
      fc.nat(40),
    )
    .map(([segment, count, part, a, b]) => {
      const plain = count * segment + Math.floor(part * (segment - 1));
      const near = (n: number) => Math.min(plain, Math.max(0, n * (segment / 2) + (n % 3) - 1));
      const [from = 0, to = 0] = [near(a), near(b)].sort((x, y) => x - y);
      return { segment, plain, from, to };
    });

  it('are whole, hold all of it, and none could be left out', () => {
    fc.assert(
      fc.property(anyRange, ({ segment, plain, from, to }) => {
        const total = sealedBytes(plain, segment);
        const span = segmentSpan({ from, to }, segment, total);
        const { firstSegment, lastSegment, offset, length } = span;
        expect(firstSegment * segment).toBeLessThanOrEqual(from);
        expect((firstSegment + 1) * segment).toBeGreaterThan(from);
        if (to > from) {
          expect(lastSegment * segment).toBeLessThan(to);
          expect((lastSegment + 1) * segment).toBeGreaterThanOrEqual(to);
        } else {
          expect(lastSegment).toBe(firstSegment);
        }
        expect(offset).toBe(96 + firstSegment * (segment + 28));
        const isToEnd = lastSegment === segmentCount(plain, segment) - 1;
        const end = isToEnd ? total : 96 + (lastSegment + 1) * (segment + 28);
        expect(offset + length).toBe(end);
      }),
    );
  });

  it('are one segment for a range up to its end, and two for one byte more', () => {
    const total = sealedBytes(3 * MiB, MiB);
    const first = { firstSegment: 0, offset: 96 };
    expect(segmentSpan({ from: 0, to: MiB }, MiB, total)).toMatchObject({
      ...first,
      lastSegment: 0,
    });
    expect(segmentSpan({ from: 0, to: MiB + 1 }, MiB, total)).toMatchObject({
      ...first,
      lastSegment: 1,
      length: 2 * (MiB + 28),
    });
    expect(segmentSpan({ from: 3 * MiB, to: 3 * MiB }, MiB, total)).toEqual({
      firstSegment: 3,
      lastSegment: 3,
      offset: 96 + 3 * (MiB + 28),
      length: 28,
    });
  });

  it('are refused beyond the end and for impossible lengths', () => {
    const total = sealedBytes(MiB, MiB);
    const beyond = () => segmentSpan({ from: 0, to: MiB + 1 }, MiB, total);
    const cut = () => segmentSpan({ from: 0, to: 1 }, MiB, total - 28);
    expect(failureCode(beyond)).toBe('object/truncated');
    expect(failureCode(cut)).toBe('object/truncated');
    expect(() => segmentSpan({ from: 2, to: 1 }, MiB, total)).toThrow('not a range');
  });
});
