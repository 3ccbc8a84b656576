/** Two threads may store the same chunk at the same moment: the index file names it once. */
import { expect, it } from 'vitest';
import { decodeIndex, encodeIndex } from '../../src/format/index-file.ts';

it('an index file in which a chunk lies in two packs keeps one of them and stays readable', () => {
  const id = Buffer.alloc(32, 7);
  const columns = {
    packIds: Buffer.concat([Buffer.alloc(16, 1), Buffer.alloc(16, 2)]),
    packKinds: Uint8Array.of(1, 1),
    packSealedBytes: [1000, 2000],
    chunkIds: Buffer.concat([id, Buffer.alloc(32, 3), id]),
    packNumbers: Uint32Array.of(0, 0, 1),
    offsets: Uint32Array.of(0, 10, 0),
    storedBytes: Uint32Array.of(10, 20, 10),
    rawBytes: Uint32Array.of(10, 20, 10),
    codecs: Uint8Array.of(0, 0, 0),
  };
  const decoded = decodeIndex(encodeIndex(columns));
  expect(decoded.codecs.length).toBe(2);
  expect(decoded.chunkIds.subarray(32).equals(id)).toBe(true);
  expect([0, 1]).toContain(decoded.packNumbers[1]);
});
