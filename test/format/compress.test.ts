import zlib from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  COMPRESSION_MODES,
  Codec,
  compressChunk,
  decompressChunk,
} from '../../src/format/compress.ts';
import { attempt, flipEveryBit } from './damage.ts';

/** Some of it repeats. */
const raw = fc
  .tuple(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 0, max: 20 }))
  .map(([start, times]) => Buffer.concat([start, ...Array.from({ length: times }, () => start)]));

describe('a chunk', () => {
  test.each(COMPRESSION_MODES)('comes back as it was (%s)', (mode) => {
    fc.assert(
      fc.property(raw, (chunk) => {
        const stored = compressChunk(chunk, mode);
        expect(stored.bytes.length).toBeLessThanOrEqual(chunk.length);
        const back = decompressChunk(stored.codec, stored.bytes, chunk.length);
        expect(Buffer.compare(back, chunk)).toBe(0);
      }),
      { numRuns: mode === 'max' ? 10 : 50 },
    );
  });

  test('that gains nothing is kept as it is', () => {
    const chunk = new Uint8Array(100_000);
    crypto.getRandomValues(chunk.subarray(0, 65_536));
    crypto.getRandomValues(chunk.subarray(65_536));
    expect(compressChunk(chunk, 'auto')).toEqual({ codec: Codec.raw, bytes: chunk });
  });

  test('of another length than recorded is refused', () => {
    const chunk = Buffer.alloc(5000, 'text ');
    const { codec, bytes } = compressChunk(chunk, 'auto');
    expect(codec).toBe(Codec.zstd);
    for (const length of [0, 1, 4999, 5001, 2 ** 24, 2 ** 24 + 1, 2 ** 32]) {
      const result = attempt(() => decompressChunk(codec, bytes, length));
      expect(result, `${length}`).toHaveProperty('refused.code', 'chunk/mismatch');
      const asRaw = attempt(() => decompressChunk(Codec.raw, chunk, length));
      expect(asRaw).toHaveProperty('refused.code', 'chunk/mismatch');
    }
  });

  test('that would unfold to gigabytes takes no such memory', () => {
    const bomb = zlib.zstdCompressSync(Buffer.alloc(64 * 1024 * 1024));
    const result = attempt(() => decompressChunk(Codec.zstd, bomb, 1000));
    expect(result).toHaveProperty('refused.code', 'chunk/mismatch');
  });

  test.each([2, 255])('of the unknown coding %i is refused', (codec) => {
    const result = attempt(() => decompressChunk(codec, new Uint8Array(10), 10));
    expect(result).toHaveProperty('refused.code', 'chunk/mismatch');
  });

  test('in which a bit flipped is refused or has the recorded length', () => {
    const chunk = Buffer.from('some text that repeats, '.repeat(20));
    const { codec, bytes } = compressChunk(chunk, 'auto');
    flipEveryBit(
      new Uint8Array(bytes),
      (flipped) => decompressChunk(codec, flipped, chunk.length),
      (value) => expect(value.length).toBe(chunk.length),
    );
  });
});
