/**
 * An index file: which packs exist and which chunks each holds, as columns. Content of a frame:
 *
 *     "CYIX" || version u8 = 1 || codec u8 || zeros 2 || raw length u32 || body (zstd or raw)
 *     body   = packs u32 || chunks u32
 *              || pack ids 16 × packs || pack kinds u8 × packs || pack sealed lengths u64 × packs
 *              || chunk ids 32 × chunks, strictly ascending
 *              || pack numbers u32 × chunks || offsets u32 × chunks || stored lengths u32 × chunks
 *              || raw lengths u32 × chunks || codecs u8 × chunks
 * @module
 */
import { ByteReader, ByteWriter, asBuffer, compareBytes, utf8Bytes } from '../base/bytes.ts';
import { AppError } from '../base/failure.ts';
import zlib from 'node:zlib';
import { CHUNK_BYTES_MAX, Codec, compressChunk } from './compress.ts';

const MAGIC = utf8Bytes('CYIX');
const VERSION = 1;
export const PACK_ID_BYTES = 16;
const CHUNK_ID_BYTES = 32;
const PACK_ROW_BYTES = PACK_ID_BYTES + 1 + 8;
const CHUNK_ROW_BYTES = CHUNK_ID_BYTES + 17;

/** More chunks than this go into further files, so that one file's memory is bounded (about 50 MB). */
export const INDEX_CHUNKS_MAX = 1_000_000;
export const INDEX_PACKS_MAX = 1_000_000;

export const PackKind = { data: 1, meta: 2 } as const;
export type PackKind = (typeof PackKind)[keyof typeof PackKind];

/** Columns of one index file; row `i` of every chunk column is one chunk. */
export interface IndexColumns {
  readonly packIds: Buffer;
  readonly packKinds: Uint8Array;
  readonly packSealedBytes: readonly number[];
  readonly chunkIds: Buffer;
  readonly packNumbers: Uint32Array;
  readonly offsets: Uint32Array;
  readonly storedBytes: Uint32Array;
  readonly rawBytes: Uint32Array;
  readonly codecs: Uint8Array;
}

/** Encodes columns whose rows are in any order; of rows with one id only one is kept. */
export function encodeIndex(columns: IndexColumns): Uint8Array {
  const packs = columns.packKinds.length;
  const order = sortedRows(columns.chunkIds, columns.codecs.length);
  const chunks = order.length;
  const body = new ByteWriter(8 + packs * PACK_ROW_BYTES + chunks * CHUNK_ROW_BYTES);
  body.u32(packs);
  body.u32(chunks);
  body.raw(columns.packIds);
  body.raw(columns.packKinds);
  for (const bytes of columns.packSealedBytes) body.u64(bytes);
  for (const row of order) body.raw(chunkId(columns.chunkIds, row));
  const numbers = [columns.packNumbers, columns.offsets, columns.storedBytes, columns.rawBytes];
  for (const column of numbers) for (const row of order) body.u32(column[row] ?? 0);
  for (const row of order) body.u8(columns.codecs[row] ?? 0);

  const stored = compressChunk(body.view(), 'auto');
  const content = new ByteWriter(stored.bytes.length + 12);
  content.raw(MAGIC);
  content.u8(VERSION);
  content.u8(stored.codec);
  content.raw(new Uint8Array(2));
  content.u32(body.length);
  content.raw(stored.bytes);
  return content.bytes();
}

/** @throws AppError `format/invalid` for anything that `encodeIndex` would not have written */
export function decodeIndex(content: Uint8Array): IndexColumns {
  const outer = new ByteReader(content, 'an index');
  if (compareBytes(outer.raw(4), MAGIC) !== 0 || outer.u8() !== VERSION) outer.fail('wrong head');
  const codec = outer.u8();
  if (outer.u8() !== 0 || outer.u8() !== 0) outer.fail('wrong head');
  const rawLength = outer.u32();
  const limit = 8 + INDEX_PACKS_MAX * PACK_ROW_BYTES + INDEX_CHUNKS_MAX * CHUNK_ROW_BYTES;
  if (rawLength > limit) outer.fail('it is too long');
  const body = new ByteReader(inflate(codec, outer.raw(outer.left), rawLength), 'an index');

  const packs = body.u32();
  const chunks = body.u32();
  if (body.left !== packs * PACK_ROW_BYTES + chunks * CHUNK_ROW_BYTES) body.fail('wrong length');
  const packIds = body.raw(packs * PACK_ID_BYTES);
  const packKinds = body.raw(packs);
  if (packKinds.some((kind) => kind !== PackKind.data && kind !== PackKind.meta))
    body.fail('a pack of an unknown kind');
  const packSealedBytes = Array.from({ length: packs }, () => body.u64());
  const chunkIds = body.raw(chunks * CHUNK_ID_BYTES);
  for (let i = 1; i < chunks; i++) {
    if (compareBytes(chunkId(chunkIds, i - 1), chunkId(chunkIds, i)) >= 0) body.fail('wrong order');
  }
  const column = () => Uint32Array.from({ length: chunks }, () => body.u32());
  const packNumbers = column();
  if (packNumbers.some((number) => number >= packs)) body.fail('a chunk in no pack');
  const [offsets, storedBytes, rawBytes] = [column(), column(), column()];
  if (rawBytes.some((length) => length > CHUNK_BYTES_MAX)) body.fail('a chunk is too long');
  const codecs = body.raw(chunks);
  body.end();
  const places = { packNumbers, offsets, storedBytes, rawBytes, codecs };
  return { packIds, packKinds, packSealedBytes, chunkIds, ...places };
}

function inflate(codec: number, stored: Uint8Array, rawLength: number): Uint8Array {
  if (codec === Codec.raw && stored.length === rawLength) return stored;
  try {
    const raw = zlib.zstdDecompressSync(asBuffer(stored), { maxOutputLength: rawLength || 1 });
    if (codec === Codec.zstd && raw.length === rawLength) return raw;
  } catch (cause) {
    throw new AppError('format/invalid', 'an index is damaged: it does not decompress', { cause });
  }
  throw new AppError('format/invalid', 'an index is damaged: its length is not the recorded one');
}

function chunkId(ids: Buffer, row: number): Buffer {
  return ids.subarray(row * CHUNK_ID_BYTES, (row + 1) * CHUNK_ID_BYTES);
}

/** Rows in the order of their ids. Two threads may have stored one chunk each: the second is left out. */
function sortedRows(ids: Buffer, count: number): Uint32Array {
  const rows = Uint32Array.from({ length: count }, (_, i) => i);
  rows.sort((a, b) => compareBytes(chunkId(ids, a), chunkId(ids, b)));
  return rows.filter((row, i) => {
    const before = rows[i - 1];
    return before === undefined || compareBytes(chunkId(ids, before), chunkId(ids, row)) !== 0;
  });
}
