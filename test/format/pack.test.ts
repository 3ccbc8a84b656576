import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { padmeLength } from '../../src/base/padme.ts';
import type { PackDirectory } from '../../src/format/pack.ts';
import {
  PACK_FOOTER_BYTES,
  PackDirectoryWriter,
  decodePackFooter,
  decodePackTail,
  encodePackTail,
  packPlainBytes,
} from '../../src/format/pack.ts';
import { attempt, flipEveryBit } from './damage.ts';

interface Row {
  readonly id: Uint8Array;
  readonly codec: number;
  readonly stored: number;
  readonly raw: number;
}

const row: fc.Arbitrary<Row> = fc.record({
  id: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  codec: fc.integer({ min: 0, max: 255 }),
  stored: fc.integer({ min: 0, max: 10_000 }),
  raw: fc.integer({ min: 0, max: 16 * 1024 * 1024 }),
});

function encode(rows: readonly Row[]): { tail: Uint8Array; plainBytes: number } {
  const writer = new PackDirectoryWriter();
  for (const { id, codec, stored, raw } of rows) writer.add(id, codec, stored, raw);
  const chunkBytes = rows.reduce((sum, { stored }) => sum + stored, 0);
  const tail = encodePackTail(chunkBytes, writer.take());
  return { tail, plainBytes: chunkBytes + tail.length };
}

function decode(tail: Uint8Array, plainBytes: number): PackDirectory {
  const footer = tail.subarray(Math.max(0, tail.length - PACK_FOOTER_BYTES));
  const layout = decodePackFooter(footer, plainBytes);
  return decodePackTail(layout, tail);
}

const rowsOf = (directory: PackDirectory): Row[] =>
  Array.from({ length: directory.count }, (_, n) => ({
    id: Uint8Array.from(directory.id(n)),
    codec: directory.codec(n),
    stored: directory.storedBytes(n),
    raw: directory.rawBytes(n),
  }));

describe('the tail of a pack', () => {
  test('gives back its directory, and pads the pack', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 200 }), (rows) => {
        const { tail, plainBytes } = encode(rows);
        expect(plainBytes).toBe(padmeLength(plainBytes));
        const chunkBytes = rows.reduce((sum, { stored }) => sum + stored, 0);
        expect(plainBytes).toBe(packPlainBytes(chunkBytes, rows.length));
        expect(rowsOf(decode(tail, plainBytes))).toEqual(rows);
      }),
      { numRuns: 50 },
    );
  });

  test('of one length is no tail of another', () => {
    const { tail, plainBytes } = encode([
      { id: new Uint8Array(32), codec: 0, stored: 5000, raw: 9 },
    ]);
    for (const other of [0, 32, plainBytes - 1, plainBytes + 1, 2 * plainBytes]) {
      expect(attempt(() => decode(tail, other))).toHaveProperty('refused.code', 'format/invalid');
    }
  });

  test('that changed is refused, but for what its chunk disproves: id, coding, raw length', () => {
    const rows = [1, 2, 3].map((n) => ({
      id: new Uint8Array(32).fill(n),
      codec: 1,
      stored: 100 * n,
      raw: 200 * n,
    }));
    const { tail, plainBytes } = encode(rows);
    flipEveryBit(
      tail,
      (bytes) => decode(bytes, plainBytes),
      (directory, at) => {
        const inRow = at % 41;
        expect(at).toBeLessThan(3 * 41);
        expect(inRow < 33 || inRow >= 37, `byte ${at}`).toBe(true);
        expect(rowsOf(directory)).not.toEqual(rows);
      },
    );
  });

  test('that is cut is refused', () => {
    const { tail, plainBytes } = encode([
      { id: new Uint8Array(32), codec: 0, stored: 50, raw: 50 },
    ]);
    for (let from = 1; from < tail.length; from++) {
      const result = attempt(() => decode(tail.subarray(from), plainBytes - from));
      expect('refused' in result).toBe(true);
    }
  });
});
