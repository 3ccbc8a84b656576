/**
 * Binary layouts inside of sealed objects: what somebody with the keys, or a bug, can put there.
 * @module
 */
import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import zlib from 'node:zlib';
import { compareBytes, concatBytes } from '../../../src/base/bytes.ts';
import { Codec, compressChunk, decompressChunk } from '../../../src/format/compress.ts';
import { decodeFrame, encodeFrame } from '../../../src/format/frame.ts';
import { decodeIndex, encodeIndex } from '../../../src/format/index-file.ts';
import { NodeWriter, decodeEntries, decodeFences } from '../../../src/format/manifest-node.ts';
import {
  PACK_FOOTER_BYTES,
  PackDirectoryWriter,
  decodePackFooter,
  decodePackTail,
  encodePackTail,
} from '../../../src/format/pack.ts';
import { isOneFrame } from '../../../src/format/zstd-frame.ts';
import { entries, inOrder, pathKey } from '../../format/arbitraries.ts';
import { emptyEntry } from '../../../src/format/entry-row.ts';
import { EntryType } from '../../../src/format/entry.ts';
import type { Target } from '../targets.ts';

const id = fc.uint8Array({ minLength: 32, maxLength: 32 });
const FENCE_LEVEL = 2;

const frame: Target = {
  name: 'a frame',
  valid: fc.uint8Array({ maxLength: 400 }).map(encodeFrame),
  decode: (bytes) => void decodeFrame(bytes, 'a frame'),
  codes: ['object/padding'],
};

const chunkRow = fc.record({
  id,
  codec: fc.constantFrom(0, 1),
  stored: fc.nat(40),
  raw: fc.nat(200),
});

const pack: Target = {
  name: 'a pack: footer, directory, padding',
  valid: fc.array(chunkRow, { maxLength: 20 }).map((rows) => {
    const directory = new PackDirectoryWriter();
    for (const { id: name, codec, stored, raw } of rows) directory.add(name, codec, stored, raw);
    const chunkBytes = rows.reduce((sum, { stored }) => sum + stored, 0);
    const tail = encodePackTail(chunkBytes, directory.take());
    return concatBytes([new Uint8Array(chunkBytes).fill(7), tail]);
  }),
  decode: (bytes) => {
    const footer = bytes.subarray(Math.max(0, bytes.length - PACK_FOOTER_BYTES));
    const layout = decodePackFooter(footer, bytes.length);
    const directory = decodePackTail(layout, bytes.subarray(layout.chunkBytes));
    for (let n = 0; n < directory.count; n++) {
      directory.id(n);
      if (directory.rawBytes(n) > 16 * 1024 * 1024) throw new Error('too long a chunk');
    }
  },
  codes: ['format/invalid'],
};

const indexRows = fc
  .record({
    packs: fc.integer({ min: 1, max: 4 }),
    chunks: fc.uniqueArray(id, { maxLength: 20, comparator: sameBytes }),
  })
  .map(({ packs, chunks }) =>
    encodeIndex({
      packIds: randomBytes(16 * packs),
      packKinds: new Uint8Array(packs).fill(1),
      packSealedBytes: Array.from({ length: packs }, (_, n) => 1000 + n),
      chunkIds: Buffer.concat(chunks),
      packNumbers: Uint32Array.from(chunks, (_, n) => n % packs),
      offsets: Uint32Array.from(chunks, (_, n) => n * 10),
      storedBytes: new Uint32Array(chunks.length).fill(10),
      rawBytes: new Uint32Array(chunks.length).fill(10),
      codecs: new Uint8Array(chunks.length),
    }),
  );

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return compareBytes(a, b) === 0;
}

/** Stored as it is, so that what is changed is the columns and not what compression made of them. */
function uncompressed(content: Uint8Array): Uint8Array {
  if (content[5] !== Codec.zstd) return content;
  const plain = Buffer.concat([
    content.subarray(0, 12),
    zlib.zstdDecompressSync(content.subarray(12)),
  ]);
  plain[5] = Codec.raw;
  return plain;
}

const readIndex = (bytes: Uint8Array): void => {
  const columns = decodeIndex(bytes);
  const chunks = columns.codecs.length;
  if (columns.chunkIds.length !== 32 * chunks) throw new Error('columns of different length');
};

const index: Target = {
  name: 'an index file',
  valid: indexRows.map(uncompressed),
  decode: readIndex,
  codes: ['format/invalid'],
};

const packedIndex: Target = {
  name: 'an index file that is compressed',
  valid: indexRows,
  decode: readIndex,
  codes: ['format/invalid'],
};

const entryNode: Target = {
  name: 'a manifest node of entries',
  valid: entries({ maxLength: 12 }).map((list) => {
    const writer = new NodeWriter(0);
    for (const entry of list) writer.addEntry(entry);
    return writer.take();
  }),
  decode: (bytes) => {
    let last: Uint8Array | undefined;
    for (const { path, content } of decodeEntries(bytes)) {
      if (last && compareBytes(path, last) <= 0) throw new Error('paths that do not ascend');
      if (content.length % 32 !== 0) throw new Error('no whole ids');
      last = path;
    }
  },
  codes: ['format/invalid'],
};

const fenceNode: Target = {
  name: 'a manifest node of fences',
  valid: fc.array(pathKey, { minLength: 1, maxLength: 12 }).map((paths) => {
    const writer = new NodeWriter(FENCE_LEVEL);
    for (const { path } of inOrder(paths.map((one) => emptyEntry(one, EntryType.file)))) {
      writer.addFence({ path, id: new Uint8Array(32), entries: 3, bytes: 500 });
    }
    return writer.take();
  }),
  decode: (bytes) => void decodeFences(bytes, FENCE_LEVEL),
  codes: ['format/invalid'],
};

const RAW = [
  Buffer.from('the same again '.repeat(400)),
  Buffer.alloc(70_000),
  Buffer.from(Array.from({ length: 3000 }, (_, n) => n % 251)),
];
const STORED = RAW.map((raw) => Uint8Array.from(compressChunk(raw, 'auto').bytes));

const zstd: Target = {
  name: 'a compressed chunk',
  valid: fc.constantFrom<Uint8Array>(...STORED),
  decode: (bytes, original) => {
    isOneFrame(Buffer.from(bytes));
    const rawBytes = RAW[STORED.findIndex((one) => one === original)]?.length ?? 1000;
    const raw = decompressChunk(Codec.zstd, bytes, rawBytes);
    if (raw.length !== rawBytes) throw new Error('a chunk of another length');
  },
  codes: ['chunk/mismatch'],
};

export const LAYOUT_TARGETS: readonly Target[] = [
  frame,
  pack,
  index,
  packedIndex,
  entryNode,
  fenceNode,
  zstd,
];
