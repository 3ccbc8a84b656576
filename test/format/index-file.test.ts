import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareBytes } from '../../src/base/bytes.ts';
import type { IndexColumns } from '../../src/format/index-file.ts';
import { decodeIndex, encodeIndex } from '../../src/format/index-file.ts';
import { plain } from './arbitraries.ts';
import { attempt, flipEveryBit, refusesEveryCut } from './damage.ts';

const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });

const columns: fc.Arbitrary<IndexColumns> = fc
  .record({
    packs: fc.array(
      fc.record({
        id: fc.uint8Array({ minLength: 16, maxLength: 16 }),
        kind: fc.constantFrom(1, 2),
        bytes: fc.maxSafeNat(),
      }),
      { minLength: 1, maxLength: 5 },
    ),
    chunks: fc.uniqueArray(
      fc.record({
        id: fc.uint8Array({ minLength: 32, maxLength: 32 }),
        pack: fc.nat(),
        offset: u32,
        stored: u32,
        raw: fc.integer({ min: 0, max: 16 * 1024 * 1024 }),
        codec: fc.integer({ min: 0, max: 255 }),
      }),
      { maxLength: 40, selector: ({ id }) => Buffer.from(id).toString('hex') },
    ),
  })
  .map(({ packs, chunks }) => ({
    packIds: Buffer.concat(packs.map(({ id }) => id)),
    packKinds: Uint8Array.from(packs, ({ kind }) => kind),
    packSealedBytes: packs.map(({ bytes }) => bytes),
    chunkIds: Buffer.concat(chunks.map(({ id }) => id)),
    packNumbers: Uint32Array.from(chunks, ({ pack }) => pack % packs.length),
    offsets: Uint32Array.from(chunks, ({ offset }) => offset),
    storedBytes: Uint32Array.from(chunks, ({ stored }) => stored),
    rawBytes: Uint32Array.from(chunks, ({ raw }) => raw),
    codecs: Uint8Array.from(chunks, ({ codec }) => codec),
  }));

/** One text a chunk, sorted by id. */
function rows(index: IndexColumns): string[] {
  return Array.from(index.codecs, (codec, i) =>
    [
      index.chunkIds.subarray(i * 32, i * 32 + 32).toString('hex'),
      index.packNumbers[i],
      index.offsets[i],
      index.storedBytes[i],
      index.rawBytes[i],
      codec,
    ].join(' '),
  ).sort();
}

describe('an index file', () => {
  test('gives back its packs, and its chunks sorted by id', () => {
    fc.assert(
      fc.property(columns, (index) => {
        const back = decodeIndex(encodeIndex(index));
        expect(plain(back.packIds)).toBe(plain(index.packIds));
        expect(back.packSealedBytes).toEqual(index.packSealedBytes);
        expect([...back.packKinds]).toEqual([...index.packKinds]);
        expect(rows(back)).toEqual(rows(index));
        for (let i = 1; i < back.codecs.length; i++) {
          const [a, b] = [i - 1, i].map((n) => back.chunkIds.subarray(n * 32, n * 32 + 32));
          expect(compareBytes(a ?? Buffer.of(), b ?? Buffer.of())).toBeLessThan(0);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('that is cut is refused', () => {
    const [index] = fc.sample(columns, { numRuns: 1, seed: 3 });
    if (index) refusesEveryCut(encodeIndex(index), decodeIndex);
  });

  test('in which a bit flipped never breaks the program', () => {
    for (const index of fc.sample(columns, { numRuns: 3, seed: 5 })) {
      flipEveryBit(encodeIndex(index), decodeIndex);
    }
  });

  test('that claims to be huge is refused before memory is taken for it', () => {
    const [index] = fc.sample(columns, { numRuns: 1, seed: 3 });
    const bytes = Buffer.from(encodeIndex(index as IndexColumns));
    for (const length of [2 ** 32 - 1, 80_000_000, 0]) {
      bytes.writeUInt32BE(length, 8);
      expect(attempt(() => decodeIndex(bytes))).toHaveProperty('refused.code', 'format/invalid');
    }
  });

  test('of random bytes is refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        expect(attempt(() => decodeIndex(noise))).toHaveProperty('refused');
      }),
    );
  });
});
