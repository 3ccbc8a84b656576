import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { padmeLength } from '../../src/base/padme.ts';
import { decodeFrame, encodeFrame } from '../../src/format/frame.ts';
import { attempt, flipEveryBit, refusesEveryCut } from './damage.ts';

const decode = (bytes: Uint8Array) => decodeFrame(bytes, 'a test');

describe('a frame', () => {
  test('gives back what went in, and has a padded length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), (content) => {
        const frame = encodeFrame(content);
        expect(frame.length).toBe(padmeLength(content.length + 8));
        expect(Buffer.compare(decode(frame), content)).toBe(0);
      }),
    );
  });

  test('that is cut is refused', () => {
    for (const length of [0, 1, 90, 1000])
      refusesEveryCut(encodeFrame(new Uint8Array(length)), decode);
  });

  test('that goes on is refused', () => {
    const frame = encodeFrame(new Uint8Array(100));
    for (const more of [1, 2, 8, 100]) {
      const longer = Buffer.concat([frame, Buffer.alloc(more)]);
      expect(attempt(() => decode(longer))).toHaveProperty('refused.code', 'object/padding');
    }
  });

  test('says so when its length or padding changed', () => {
    const content = new Uint8Array(1000).fill(7);
    const frame = encodeFrame(content);
    const inside = (at: number) => at >= 8 && at < 1008;
    flipEveryBit(frame, decode, (value, at) => {
      // A length with the same padded length passes only where what it leaves out is zeros.
      expect(inside(at) || at < 8).toBe(true);
      if (at < 8) expect(value.length).toBeGreaterThanOrEqual(content.length);
    });
  });

  test('of an absurd length is refused', () => {
    const frame = Buffer.alloc(16);
    for (const length of [2n ** 53n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n - 8n]) {
      frame.writeBigUInt64BE(length, 0);
      expect(attempt(() => decode(frame))).toHaveProperty('refused.code', 'object/padding');
    }
  });
});
