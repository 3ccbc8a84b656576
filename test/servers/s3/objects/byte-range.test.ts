import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentRange, parseRange } from '../../../../src/servers/s3/objects/byte-range.ts';

describe('parseRange', () => {
  it.each([
    ['bytes=0-9', { start: 0, end: 10 }],
    ['bytes=90-', { start: 90, end: 100 }],
    ['bytes=-10', { start: 90, end: 100 }],
    ['bytes=-1000', { start: 0, end: 100 }],
    ['bytes=50-5000', { start: 50, end: 100 }],
    ['bytes=99-99', { start: 99, end: 100 }],
    [' bytes=0-0 ', { start: 0, end: 1 }],
  ])('reads %j of 100 bytes', (header, range) => {
    expect(parseRange(header, 100)).toEqual(range);
  });

  it.each([undefined, '', 'bytes', 'bytes=', 'bytes=-', 'bytes=a-b', 'bytes=5-3', 'lines=0-1'])(
    'takes %j for the whole object',
    (header) => expect(parseRange(header, 100)).toBeUndefined(),
  );

  it('takes several ranges for the whole object', () => {
    expect(parseRange('bytes=0-1,5-6', 100)).toBeUndefined();
  });

  it.each([
    ['bytes=100-', 100],
    ['bytes=100-200', 100],
    ['bytes=-0', 100],
    ['bytes=0-', 0],
    ['bytes=-1', 0],
  ])('refuses %j of %i bytes, and says how many there are', (header, sizeBytes) => {
    expect(() => parseRange(header, sizeBytes)).toThrow(
      expect.objectContaining({
        code: 'InvalidRange',
        headers: { 'content-range': `bytes */${sizeBytes}` },
      }),
    );
  });

  it('never leaves the object, whatever is asked for', () => {
    const text = fc.oneof(
      fc.string(),
      fc.tuple(fc.nat(), fc.nat()).map(([a, b]) => `bytes=${a}-${b}`),
      fc.bigInt({ min: 0n, max: 10n ** 40n }).map((first) => `bytes=${first}-`),
    );
    fc.assert(
      fc.property(text, fc.nat(10_000), (header, sizeBytes) => {
        let range;
        try {
          range = parseRange(header, sizeBytes);
        } catch {
          return;
        }
        if (range === undefined) return;
        expect(range.start).toBeGreaterThanOrEqual(0);
        expect(range.end).toBeGreaterThan(range.start);
        expect(range.end).toBeLessThanOrEqual(sizeBytes);
      }),
    );
  });

  it('says of a range where it lies, last byte included', () => {
    expect(contentRange({ start: 0, end: 10 }, 100)).toBe('bytes 0-9/100');
  });
});
