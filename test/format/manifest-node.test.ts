import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareBytes } from '../../src/base/bytes.ts';
import type { Entry } from '../../src/format/entry.ts';
import { EntryType } from '../../src/format/entry.ts';
import { emptyEntry } from '../../src/format/entry-row.ts';
import type { Fence } from '../../src/format/manifest-node.ts';
import { NodeWriter, decodeEntries, decodeFences } from '../../src/format/manifest-node.ts';
import { entries, pathKey, plain } from './arbitraries.ts';
import { attempt, flipEveryBit, refusesEveryCut } from './damage.ts';

function nodeOf(list: readonly Entry[]): Uint8Array {
  const writer = new NodeWriter(0);
  for (const entry of list) writer.addEntry(entry);
  expect(writer.count).toBe(list.length);
  const { bytes } = writer;
  const node = writer.take();
  expect(node.length).toBe(bytes);
  expect(writer.count).toBe(0);
  return node;
}

const decode = (node: Uint8Array) => [...decodeEntries(node)];

const fences = fc
  .uniqueArray(
    fc.record({
      path: pathKey,
      id: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      entries: fc.maxSafeNat(),
      bytes: fc.maxSafeNat(),
    }),
    { minLength: 1, maxLength: 30, selector: ({ path }) => Buffer.from(path).toString('hex') },
  )
  .map((list): Fence[] => list.sort((a, b) => compareBytes(a.path, b.path)));

describe('a node of entries', () => {
  test('gives back every field of every entry', () => {
    fc.assert(
      fc.property(entries(), (list) => {
        expect(plain(decode(nodeOf(list)))).toEqual(plain(list));
      }),
    );
  });

  test('does not remember the one before', () => {
    const writer = new NodeWriter(0);
    const list = [emptyEntry(Buffer.from('same/long/path'), EntryType.file)];
    writer.addEntry(list[0] as Entry);
    writer.take();
    writer.addEntry(list[0] as Entry);
    expect(plain(decode(writer.take()))).toEqual(plain(list));
  });

  test('that is cut or goes on is refused', () => {
    for (const list of fc.sample(entries({ maxLength: 6 }), { numRuns: 3, seed: 11 })) {
      const node = nodeOf(list);
      refusesEveryCut(node, decode);
      const longer = Buffer.concat([node, Buffer.of(0)]);
      expect(attempt(() => decode(longer))).toHaveProperty('refused.code', 'format/invalid');
    }
  });

  test('in which a bit flipped never gives the same entries, and never breaks the program', () => {
    for (const list of fc.sample(entries({ maxLength: 4 }), { numRuns: 4, seed: 12 })) {
      const before = JSON.stringify(plain(list), bigints);
      flipEveryBit(nodeOf(list), decode, (value, at) => {
        // Owner names are text: bytes that are no UTF-8 become the same replacement character.
        const after = JSON.stringify(plain(value), bigints);
        if (!after.includes('\uFFFD')) expect(after, `byte ${at}`).not.toBe(before);
      });
    }
  });

  test('whose paths do not ascend is refused', () => {
    const at = (path: string) => emptyEntry(Buffer.from(path), EntryType.directory);
    for (const paths of [
      ['b', 'a'],
      ['a', 'a'],
      ['a\0b', 'a'],
    ]) {
      const result = attempt(() => decode(nodeOf(paths.map(at))));
      expect(result).toHaveProperty('refused.code', 'format/invalid');
    }
  });

  test('is none of another level, and none without entries', () => {
    const node = nodeOf([emptyEntry(Buffer.from('a'), EntryType.file)]);
    expect(attempt(() => decodeFences(node, 1))).toHaveProperty('refused');
    expect(attempt(() => decode(new NodeWriter(0).take()))).toHaveProperty('refused');
  });
});

describe('a node of fences', () => {
  const encode = (list: readonly Fence[], level: number): Uint8Array => {
    const writer = new NodeWriter(level);
    for (const fence of list) writer.addFence(fence);
    return writer.take();
  };

  test('gives back every fence', () => {
    fc.assert(
      fc.property(fences, fc.integer({ min: 1, max: 8 }), (list, level) => {
        expect(plain(decodeFences(encode(list, level), level))).toEqual(plain(list));
      }),
    );
  });

  test('that is cut, or of another level, is refused', () => {
    for (const list of fc.sample(fences, { numRuns: 3, seed: 21 })) {
      const node = encode(list, 2);
      refusesEveryCut(node, (bytes) => decodeFences(bytes, 2));
      expect(attempt(() => decodeFences(node, 1))).toHaveProperty('refused');
      expect(attempt(() => decode(node))).toHaveProperty('refused');
    }
  });

  test('in which a bit flipped never gives the same fences', () => {
    const [list = []] = fc.sample(fences, { numRuns: 1, seed: 22 });
    flipEveryBit(
      encode(list, 1),
      (bytes) => decodeFences(bytes, 1),
      (value) => expect(plain(value)).not.toEqual(plain(list)),
    );
  });
});

function bigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
