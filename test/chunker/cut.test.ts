import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutRegion, type CutResult, type Region } from '../../src/chunker/cut.ts';
import { cutParameters, type CutParameters } from '../../src/chunker/parameters.ts';
import { BoundaryScanner } from '../../src/chunker/scanner.ts';
import { KEYS, randomBytesOf, readerOf, repeatOf } from './inputs.ts';
import { referenceCandidates, referenceCuts } from './reference.ts';

const scanner = new BoundaryScanner(KEYS, 2 << 20);
// hardly more than a chunk, so that bytes must move inside it all the time
const tightScanner = new BoundaryScanner(KEYS, 1024 + 128 + 65 + 3);
const tiny = cutParameters(256);

interface Cut extends CutResult {
  /** Where each chunk begins and ends. */
  readonly chunks: readonly (readonly [number, number])[];
}

function cut(
  file: Uint8Array,
  parameters: CutParameters,
  part: Partial<Region> = {},
  pieceBytes?: () => number,
  by: BoundaryScanner = scanner,
): Cut {
  const chunks: [number, number][] = [];
  const region = { start: 0, end: Infinity, parameters, ...part };
  const result = cutRegion(by, readerOf(file, pieceBytes), region, (chunk, offset) => {
    expect(Buffer.compare(chunk, file.subarray(offset, offset + chunk.length))).toBe(0);
    chunks.push([offset, offset + chunk.length]);
  });
  expect(result.firstOffset).toBe(chunks[0]?.[0] ?? -1);
  expect(result.endOffset).toBe(chunks.at(-1)?.[1] ?? -1);
  return { ...result, chunks };
}

const endsOf = ({ chunks }: Cut): number[] => chunks.map(([, end]) => end);

/** Stretches of 65 bytes whose last position is a candidate. */
const marks = (() => {
  const file = randomBytesOf('marks', 2 << 20);
  return referenceCandidates(file, KEYS).map(({ position: p }) => file.subarray(p - 65, p));
})();

/** Files full of candidates, zeros, short periods and noise: chunks of a few hundred bytes find all in them. */
const busyFile = fc
  .array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.nat({ max: marks.length - 1 }).map((i) => marks[i] ?? Buffer.of()),
      },
      {
        weight: 3,
        arbitrary: fc
          .tuple(fc.nat({ max: 300 }), fc.nat({ max: 50 }))
          .map(([length, seed]) => randomBytesOf(`noise ${seed}`, length)),
      },
      { weight: 1, arbitrary: fc.nat({ max: 4000 }).map((length) => Buffer.alloc(length)) },
      {
        weight: 1,
        arbitrary: fc
          .tuple(fc.nat({ max: 9 }), fc.integer({ min: 1, max: 300 }), fc.nat({ max: 20 }))
          .map(([seed, period, times]) =>
            repeatOf(randomBytesOf(`period ${seed}`, period), period * times),
          ),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(fc.nat({ max: marks.length - 1 }), fc.nat({ max: 40 }))
          .map(([i, times]) => repeatOf(marks[i] ?? Buffer.of(), 65 * times)),
      },
    ),
    { maxLength: 120 },
  )
  .map((parts) => Buffer.concat(parts));

/** Candidates at just the distances where the rules change, nothing but zeros between. */
const exactFile = fc
  .array(
    fc.tuple(
      fc.nat({ max: 12 }),
      fc.constantFrom(0, 30, 62, 63, 64, 190, 191, 192, 830, 831, 958, 959, 960, 1086, 1087, 1088),
    ),
    { maxLength: 14 },
  )
  .map((parts) =>
    Buffer.concat(parts.flatMap(([i, zeros]) => [marks[i] ?? Buffer.of(), Buffer.alloc(zeros)])),
  );

const splits = fc.array(fc.nat({ max: 30_000 }), { maxLength: 12 });

function regionsOf(points: readonly number[], parameters: CutParameters): Region[] {
  const starts = [0, ...points].sort((a, b) => a - b);
  return starts.map((start, i) => ({ start, end: starts[i + 1] ?? Infinity, parameters }));
}

describe('cutting a whole file', () => {
  it('does what the reference does, on files full of candidates', () => {
    fc.assert(
      fc.property(busyFile, fc.constantFrom(256, 512, 1024), (file, average) => {
        const parameters = cutParameters(average);
        const found = cut(file, parameters);
        expect(endsOf(found)).toEqual(referenceCuts(file, KEYS, parameters));
        expect(found.reachedEnd).toBe(true);
        expect(found.bytesRead).toBe(file.length);
      }),
      { numRuns: 400 },
    );
  });

  it.each([0, 1, 64, 65, 66, 127, 128, 129, 255, 256, 257, 1023, 1024, 1025, 1152, 2048, 2049])(
    'covers a file of %i bytes',
    (length) => {
      for (const file of [randomBytesOf('sizes', length), Buffer.alloc(length)]) {
        const found = cut(file, tiny);
        expect(endsOf(found)).toEqual(referenceCuts(file, KEYS, tiny));
        expect(found.chunks.length === 0).toBe(length === 0);
        expect(found.reachedEnd).toBe(true);
      }
    },
  );

  it('does what the reference does, on random data with real sizes', () => {
    const file = randomBytesOf('real sizes', 6 << 20);
    for (const average of [64 << 10, 128 << 10, 256 << 10]) {
      const parameters = cutParameters(average);
      const ends = endsOf(cut(file, parameters));
      expect(ends).toEqual(referenceCuts(file, KEYS, parameters));
      expect(file.length / ends.length / average).toBeGreaterThan(0.7);
      expect(file.length / ends.length / average).toBeLessThan(1.4);
    }
  });

  it('gives the same chunks however short the reads and however tight the buffer', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(busyFile, sizes, (file, lengths) => {
        let i = 0;
        const pieceBytes = (): number => lengths[i++ % lengths.length] ?? 1;
        const usual = cut(file, tiny);
        expect(cut(file, tiny, {}, pieceBytes)).toEqual(usual);
        expect(cut(file, tiny, {}, pieceBytes, tightScanner)).toEqual(usual);
      }),
      { numRuns: 150 },
    );
  });

  it('keeps chunks within their limits: short ones only last, or after one cut by force', () => {
    fc.assert(
      fc.property(busyFile, (file) => {
        const { chunks } = cut(file, tiny);
        let forced = false;
        for (const [i, [begin, end]] of chunks.entries()) {
          expect(end - begin).toBeLessThanOrEqual(tiny.maxBytes);
          if (i < chunks.length - 1 && !forced) {
            expect(end - begin).toBeGreaterThanOrEqual(tiny.minBytes);
          }
          forced = !endsOf(cut(file, { ...tiny, maxBytes: 1 << 20 })).includes(end);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('cuts a long run of zeros into equal chunks of the largest size', () => {
    const { chunks } = cut(Buffer.alloc(10_000), tiny);
    expect(chunks.map(([begin, end]) => end - begin)).toEqual([...Array(9).fill(1024), 784]);
  });

  it('moves no cut but the last when the file grows', () => {
    fc.assert(
      fc.property(busyFile, busyFile, (file, more) => {
        const before = cut(file, { ...tiny, maxBytes: 1 << 20 });
        const after = cut(Buffer.concat([file, more]), { ...tiny, maxBytes: 1 << 20 });
        const kept = endsOf(before).slice(0, -1);
        expect(endsOf(after).slice(0, kept.length)).toEqual(kept);
      }),
      { numRuns: 150 },
    );
  });

  it('finds its cuts again after bytes were inserted at the front', () => {
    const file = randomBytesOf('insert', 4 << 20);
    const parameters = cutParameters(64 << 10);
    const before = endsOf(cut(file, parameters));
    const after = endsOf(cut(Buffer.concat([Buffer.of(1), file]), parameters));
    expect(after.map((end) => end - 1)).toEqual(before);
  });

  it('finds its cuts again inside data whose one lowest candidate recurs all the time', () => {
    // every 500 bytes the same mark, with changing noise between: no boundary but the first
    const mark = marks[0] ?? Buffer.of();
    const value = (bytes: Buffer): number => referenceCandidates(bytes, KEYS)[0]?.value ?? 0;
    const lowest = marks.reduce((a, b) => (value(a) < value(b) ? a : b), mark);
    const parts = Array.from({ length: 200 }, (_, i) => [
      lowest,
      randomBytesOf(`r${i}`, 435),
    ]).flat();
    const file = Buffer.concat(parts);
    const parameters = cutParameters(2048);
    expect(endsOf(cut(file, { ...parameters, maxBytes: 1 << 20 })).length).toBeLessThan(4);
    const before = endsOf(cut(file, parameters));
    const edited = Buffer.concat([file.subarray(0, 9000), Buffer.of(1, 2, 3), file.subarray(9000)]);
    const after = endsOf(cut(edited, parameters)).map((end) => end - 3);
    expect(before.filter((end) => after.includes(end)).length).toBeGreaterThan(before.length - 4);
  });

  describe('by force', () => {
    const valueOf = (mark: Buffer): number => referenceCandidates(mark, KEYS)[0]?.value ?? 0;
    const [low, middle, high] = marks.slice(0, 3).sort((x, y) => valueOf(x) - valueOf(y)) as [
      Buffer,
      Buffer,
      Buffer,
    ];
    const oneByOne = (file: Buffer, parameters: CutParameters): number[] => {
      const ends = endsOf(cut(file, parameters, {}, () => 1));
      expect(ends).toEqual(referenceCuts(file, KEYS, parameters));
      return ends;
    };

    it('takes a candidate at exactly the smallest and at exactly the largest size', () => {
      const parameters = { minBytes: 130, averageBytes: 260, maxBytes: 1040 };
      const early = Buffer.concat([low, middle, Buffer.alloc(2000)]);
      expect(oneByOne(early, parameters).slice(0, 2)).toEqual([130, 130 + 1040]);
      const late = Buffer.concat([Buffer.alloc(910), low, middle, Buffer.alloc(2000)]);
      expect(oneByOne(late, { ...parameters, minBytes: 1040, maxBytes: 2080 })[0]).toBe(1040);
    });

    it('does not cut where a boundary lies at exactly the largest size', () => {
      const file = Buffer.concat([
        Buffer.alloc(30),
        low,
        Buffer.alloc(30),
        middle,
        Buffer.alloc(1024 - 190 - 65),
        high,
        Buffer.alloc(2000),
      ]);
      expect(oneByOne(file, tiny).slice(0, 2)).toEqual([1024, 2048]);
    });
  });

  it('lets errors of reading and of emitting through', () => {
    const region = { start: 0, end: Infinity, parameters: tiny };
    const file = Buffer.alloc(5000);
    const fail = (): never => {
      throw new Error('EIO');
    };
    expect(() => cutRegion(scanner, fail, region, () => undefined)).toThrow('EIO');
    expect(() => cutRegion(scanner, readerOf(file), region, fail)).toThrow('EIO');
  });

  it('refuses a buffer that cannot hold a chunk', () => {
    const parameters = cutParameters(1 << 20);
    expect(() => cut(Buffer.alloc(10), parameters)).toThrow('assertion');
  });
});

describe('cutting a file in regions', () => {
  const expectPartition = (file: Buffer, points: readonly number[], p: CutParameters): void => {
    const whole = cut(file, p);
    const results = regionsOf(points, p).map((region) => cut(file, p, region));
    expect(results.flatMap(({ chunks }) => chunks)).toEqual(whole.chunks);
    expect(results.at(-1)?.reachedEnd).toBe(true);
    for (const [i, region] of regionsOf(points, p).entries()) {
      const { firstOffset, endOffset, reachedEnd, chunks } = results[i] as Cut;
      if (chunks.length > 0) {
        expect(firstOffset).toBeGreaterThanOrEqual(region.start);
        expect(firstOffset).toBeLessThan(region.end);
        if (reachedEnd) expect(endOffset).toBe(file.length);
      }
    }
  };

  it('gives the chunks of the whole, whatever the partition', () => {
    fc.assert(
      fc.property(busyFile, splits, (file, points) => {
        expectPartition(file, points, tiny);
      }),
      { numRuns: 400 },
    );
  });

  it('gives the chunks of the whole where regions begin and end beside boundaries', () => {
    fc.assert(
      fc.property(busyFile, fc.nat({ max: 100 }), (file, nth) => {
        const ends = endsOf(cut(file, tiny));
        const end = ends[nth % Math.max(1, ends.length)] ?? 0;
        for (const point of [end - 1, end, end + 1, end - 128, end + 128]) {
          if (point >= 0) expectPartition(file, [point], tiny);
        }
        expectPartition(file, [end, end, end + 1], tiny);
      }),
      { numRuns: 100 },
    );
  });

  it('is exact to the byte at every distance and region border, reading byte by byte', () => {
    const border = fc.tuple(fc.nat({ max: 13 }), fc.integer({ min: -1, max: 1 }));
    fc.assert(
      fc.property(exactFile, fc.array(border, { maxLength: 3 }), (file, borders) => {
        const whole = endsOf(cut(file, tiny));
        expect(whole).toEqual(referenceCuts(file, KEYS, tiny));
        const candidates = referenceCandidates(file, KEYS);
        const points = borders.map(([n, by]) => (candidates[n]?.position ?? 1) + by);
        const found = regionsOf(points, tiny).flatMap((region) =>
          endsOf(cut(file, tiny, region, () => 1, tightScanner)),
        );
        expect(found).toEqual(whole);
      }),
      { numRuns: 300 },
    );
  });

  it('gives the chunks of the whole with short reads and a tight buffer', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(busyFile, splits, sizes, (file, points, lengths) => {
        let i = 0;
        const pieceBytes = (): number => lengths[i++ % lengths.length] ?? 1;
        const whole = cut(file, tiny);
        const found = regionsOf(points, tiny).flatMap(
          (region) => cut(file, tiny, region, pieceBytes, tightScanner).chunks,
        );
        expect(found).toEqual(whole.chunks);
      }),
      { numRuns: 200 },
    );
  });

  it('gives the chunks of the whole on random data and zeros with real sizes', () => {
    const parameters = cutParameters(64 << 10);
    const file = Buffer.concat([
      randomBytesOf('regions', 3 << 20),
      Buffer.alloc(2 << 20),
      randomBytesOf('more regions', 1 << 20),
    ]);
    for (const regionBytes of [100_000, 1 << 20, 2 << 20, 5 << 20]) {
      const points = [];
      for (let at = regionBytes; at < file.length; at += regionBytes) points.push(at);
      expectPartition(file, points, parameters);
    }
  });

  it('reads little more than its region', () => {
    const parameters = cutParameters(64 << 10);
    const file = randomBytesOf('how much', 8 << 20);
    const region = { start: 3 << 20, end: 5 << 20 };
    const { bytesRead, chunks } = cut(file, parameters, region);
    expect(chunks.length).toBeGreaterThan(15);
    expect(bytesRead).toBeLessThan((2 << 20) + 3 * parameters.maxBytes);
  });

  it('leaves a region without boundaries to the one before', () => {
    const file = Buffer.alloc(20_000);
    const first = cut(file, tiny, { end: 5000 });
    expect(first.endOffset).toBe(20_000);
    expect(first.reachedEnd).toBe(true);
    for (const region of [
      { start: 5000, end: 10_000 },
      { start: 10_000, end: Infinity },
      { start: 30_000, end: 40_000 },
      { start: 7000, end: 7000 },
    ]) {
      const result = cut(file, tiny, region);
      expect([result.firstOffset, result.endOffset]).toEqual([-1, -1]);
    }
  });
});
