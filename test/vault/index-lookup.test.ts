import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { PackKind, encodeIndex, openIndex } from '../../src/format/index-file.ts';
import { ChunkTable } from '../../src/vault/index/chunk-table.ts';
import { IndexLookup } from '../../src/vault/index/index-lookup.ts';

const id = (n: number): Uint8Array => createHash('sha256').update(String(n)).digest();

/** A file with the chunks `from … to`, where number n lies in its pack n % 3 at offset n. */
async function indexFile(from: number, to: number) {
  const numbers = Array.from({ length: to - from }, (_, i) => from + i);
  return openIndex(
    encodeIndex({
      packIds: Buffer.alloc(48, 1),
      packKinds: Uint8Array.of(PackKind.data, PackKind.data, PackKind.meta),
      packSealedBytes: [1, 2, 3],
      chunkIds: Buffer.concat(numbers.map(id)),
      packNumbers: Uint32Array.from(numbers, (n) => n % 3),
      offsets: Uint32Array.from(numbers),
      storedBytes: Uint32Array.from(numbers, (n) => n + 1),
      rawBytes: Uint32Array.from(numbers, (n) => n + 2),
      codecs: Uint8Array.from(numbers, (n) => n % 2),
    }),
  );
}

async function lookupOf(...ranges: readonly (readonly [number, number])[]): Promise<IndexLookup> {
  const lookup = new IndexLookup();
  for (const [i, [from, to]] of ranges.entries()) {
    lookup.add(await indexFile(from, to), [10 * i, 10 * i + 1, 10 * i + 2]);
  }
  return lookup;
}

describe('looking chunks up in index files', () => {
  test('finds each, at the first file that has it, and no other', async () => {
    const lookup = await lookupOf([0, 500], [0, 0], [400, 900], [1000, 1001]);
    for (const n of [0, 1, 250, 499]) {
      const place = { pack: n % 3, offset: n, storedBytes: n + 1, rawBytes: n + 2, codec: n % 2 };
      expect(lookup.find(id(n), 0)).toEqual(place);
    }
    expect(lookup.find(id(500), 0)?.pack).toBe(20 + (500 % 3));
    expect(lookup.find(Buffer.concat([Buffer.alloc(7), id(1000)]), 7)?.pack).toBe(30 + (1000 % 3));
    for (const n of [-1, 900, 999, 1001]) expect(lookup.find(id(n), 0)).toBeUndefined();
  });

  test('fills a table with what is asked for, and with everything when that is much', async () => {
    const count = 60_000;
    const table = ChunkTable.create(count + 100, count);
    table.fillFrom(await lookupOf([0, count / 2], [count / 2 - 10, count]));
    for (let n = 0; n < 100; n++) {
      const row = table.find(id(n * 7));
      expect(row).toBe(n);
      expect(table.find(id(n * 7))).toBe(n);
      expect(table.offsetOf(row)).toBe(n * 7);
      expect(table.find(id(count + n))).toBe(-1);
    }
    expect(table.count).toBe(100);
    for (let n = 0; n < count; n++) {
      const row = table.find(id(n));
      if (table.offsetOf(row) !== n || table.packOf(row) % 10 !== n % 3) expect.fail(`chunk ${n}`);
    }
    // Those that two files have are there once.
    expect(table.count).toBe(count);
  });
});
