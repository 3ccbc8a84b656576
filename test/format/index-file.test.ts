import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareBytes } from '../../src/base/bytes.ts';
import type { IndexColumns } from '../../src/format/index-file.ts';
import { decodeIndex, encodeIndex, openIndex } from '../../src/format/index-file.ts';
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

  test('is opened where it lies as it is decoded, whole or damaged', async () => {
    for (const index of fc.sample(columns, { numRuns: 10, seed: 7 })) {
      const bytes = encodeIndex(index);
      const opened = await openIndex(bytes);
      expect(opened.columns()).toEqual(decodeIndex(bytes));
      const places = Array.from(opened.codecs, (_, row) => [
        opened.packNumber(row),
        opened.offset(row),
        opened.storedBytes(row),
        opened.rawBytes(row),
      ]);
      const { packNumbers, offsets, storedBytes, rawBytes } = opened.columns();
      const expected = [packNumbers, offsets, storedBytes, rawBytes];
      expect(places).toEqual(places.map((_, row) => expected.map((column) => column[row])));
    }
    const [one] = fc.sample(columns, { numRuns: 1, seed: 11 });
    const whole = encodeIndex(one as IndexColumns);
    const damaged = Array.from(whole, (byte, at) => whole.with(at, byte ^ (1 << (at & 7))));
    const cut = Array.from(whole, (_, length) => whole.slice(0, length));
    for (const bytes of [...damaged, ...cut]) {
      const result = attempt(() => decodeIndex(bytes.slice()));
      const opening = openIndex(bytes).then((rows) => rows.columns());
      if ('value' in result) expect(await opening).toEqual(result.value);
      else await expect(opening).rejects.toThrow(result.refused.message);
    }
  });

  test('of a megabyte is decompressed elsewhere, and opened or refused alike', async () => {
    const bytes = encodeIndex(largeIndex(30_000));
    const opened = await openIndex(bytes);
    expect(opened.columns()).toEqual(decodeIndex(bytes));
    for (const at of [12, 20, bytes.length >> 1, bytes.length - 1]) {
      const damaged = bytes.with(at, (bytes[at] ?? 0) ^ 0x10);
      const result = attempt(() => decodeIndex(damaged.slice()));
      const opening = openIndex(damaged).then((rows) => rows.columns());
      if ('value' in result) expect(await opening).toEqual(result.value);
      else await expect(opening).rejects.toThrow(result.refused.message);
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

function largeIndex(count: number): IndexColumns {
  const numbers = (factor: number) => Uint32Array.from({ length: count }, (_, n) => n * factor);
  const chunkIds = Buffer.alloc(count * 32);
  for (let n = 0; n < count; n++) chunkIds.writeUInt32BE(n * 7919, n * 32);
  return {
    packIds: Buffer.alloc(16, 1),
    packKinds: Uint8Array.of(1),
    packSealedBytes: [16_000_000],
    chunkIds,
    packNumbers: numbers(0),
    offsets: numbers(500),
    storedBytes: numbers(1),
    rawBytes: numbers(2),
    codecs: new Uint8Array(count),
  };
}
