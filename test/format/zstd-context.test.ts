import zlib from 'node:zlib';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ZstdDecoder, ZstdEncoder } from '../../src/format/zstd-context.ts';
import { isOneFrame } from '../../src/format/zstd-frame.ts';

const LEVEL_3 = { [zlib.constants.ZSTD_c_compressionLevel]: 3 };

/** Text, zeros and noise of lengths around those of zstd's blocks. */
const content = fc
  .tuple(
    fc.constantFrom(0, 1, 7, 255, 256, 65_791, 131_071, 131_072, 131_073, 400_000),
    fc.constantFrom('zeros', 'text', 'noise'),
    fc.integer({ min: 1, max: 2 ** 31 }),
  )
  .map(([length, kind, seed]) => {
    const bytes = Buffer.alloc(length, kind === 'text' ? `some text ${seed} ` : 0);
    let x = seed;
    if (kind !== 'zeros') {
      for (let i = 0; i < length; i += kind === 'noise' ? 1 : 97) {
        x = Math.imul(x, 1_664_525) + 1_013_904_223;
        bytes[i] = x >>> 24;
      }
    }
    return bytes;
  });

afterEach(() => vi.restoreAllMocks());

describe('a zstd context that is used again', () => {
  test('writes frames that any zstd reads, and reads frames of any', () => {
    const [encoder, decoder] = [new ZstdEncoder(LEVEL_3), new ZstdDecoder()];
    fc.assert(
      fc.property(content, (raw) => {
        const frame = Buffer.from(encoder.encode(raw));
        expect(isOneFrame(frame)).toBe(true);
        expect(zlib.zstdDecompressSync(frame).equals(raw)).toBe(true);
        expect(Buffer.compare(decoder.decode(frame, raw.length), raw)).toBe(0);
        const other = zlib.zstdCompressSync(raw, {
          params: { [zlib.constants.ZSTD_c_checksumFlag]: 1 },
        });
        expect(Buffer.compare(decoder.decode(other, raw.length), raw)).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  test('keeps its level: the hundredth frame is as small as the first', () => {
    const raw = Buffer.from(JSON.stringify(Object.keys(zlib.constants)).repeat(3));
    const encoder = new ZstdEncoder({ [zlib.constants.ZSTD_c_compressionLevel]: 19 });
    const first = encoder.encode(raw).length;
    for (let i = 0; i < 99; i++) encoder.encode(raw);
    expect(encoder.encode(raw).length).toBe(first);
    expect(first).toBeLessThan(new ZstdEncoder(LEVEL_3).encode(raw).length);
  });

  test('refuses a damaged frame, and reads the next one all the same', () => {
    const raw = Buffer.from('what is in it '.repeat(2000));
    const frame = zlib.zstdCompressSync(raw);
    const decoder = new ZstdDecoder();
    for (let at = 0; at < frame.length; at++) {
      const damaged = Buffer.from(frame);
      damaged[at] = (damaged[at] ?? 0) ^ 0x41;
      let back: Uint8Array = Buffer.alloc(raw.length);
      try {
        back = decoder.decode(damaged, raw.length);
      } catch {
        // as it should be, unless the flip only changes what the content is
      }
      expect(back.length).toBe(raw.length);
      expect(Buffer.compare(decoder.decode(frame, raw.length), raw)).toBe(0);
    }
  });

  test.each([-1, +1, -frameLength(), +100_000])('refuses a length that is %i off', (difference) => {
    const raw = Buffer.from('what is in it '.repeat(2000));
    const decoder = new ZstdDecoder();
    const frame = zlib.zstdCompressSync(raw);
    expect(() => decoder.decode(frame, raw.length + difference)).toThrow();
    expect(Buffer.compare(decoder.decode(frame, raw.length), raw)).toBe(0);
  });

  test('works where Node has other insides', () => {
    const raw = Buffer.from('what is in it '.repeat(2000));
    const strange = () => new PassThrough() as unknown as zlib.ZstdCompress;
    vi.spyOn(zlib, 'createZstdCompress').mockImplementation(strange);
    vi.spyOn(zlib, 'createZstdDecompress').mockImplementation(
      strange as unknown as typeof zlib.createZstdDecompress,
    );
    const frame = Buffer.from(new ZstdEncoder(LEVEL_3).encode(raw));
    expect(Buffer.compare(new ZstdDecoder().decode(frame, raw.length), raw)).toBe(0);
    expect(() => new ZstdDecoder().decode(frame, raw.length - 1)).toThrow();
  });
});

describe('one frame', () => {
  test('is told from a cut one, a longer one, two, and what is none', () => {
    const frame = zlib.zstdCompressSync(Buffer.from('some text, some more text'));
    expect(isOneFrame(frame)).toBe(true);
    for (let length = 0; length < frame.length; length++) {
      expect(isOneFrame(frame.subarray(0, length)), `${length}`).toBe(false);
    }
    expect(isOneFrame(Buffer.concat([frame, Buffer.of(0)]))).toBe(false);
    expect(isOneFrame(Buffer.concat([frame, frame]))).toBe(false);
    expect(isOneFrame(Buffer.alloc(100))).toBe(false);
  });
});

/** So that one of the lengths asked for is negative or nothing. */
function frameLength(): number {
  return 'what is in it '.repeat(2000).length;
}
