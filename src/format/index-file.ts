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
import { AppError, assert } from '../base/failure.ts';
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
  const head = new ByteWriter(8 + packs * PACK_ROW_BYTES);
  head.u32(packs);
  head.u32(chunks);
  head.raw(columns.packIds);
  head.raw(columns.packKinds);
  for (const bytes of columns.packSealedBytes) head.u64(bytes);

  const body = Buffer.allocUnsafe(head.length + chunks * CHUNK_ROW_BYTES);
  body.set(head.view(), 0);
  let at = head.length;
  for (const row of order) {
    const from = row * CHUNK_ID_BYTES;
    at += columns.chunkIds.copy(body, at, from, from + CHUNK_ID_BYTES);
  }
  const numbers = [columns.packNumbers, columns.offsets, columns.storedBytes, columns.rawBytes];
  for (const column of numbers) {
    for (const row of order) at = body.writeUInt32BE(column[row] ?? 0, at);
  }
  for (const row of order) body[at++] = columns.codecs[row] ?? 0;

  const stored = compressChunk(body, 'auto');
  const content = new ByteWriter(stored.bytes.length + 12);
  content.raw(MAGIC);
  content.u8(VERSION);
  content.u8(stored.codec);
  content.raw(new Uint8Array(2));
  content.u32(body.length);
  content.raw(stored.bytes);
  return content.bytes();
}

/**
 * The columns may be views into `content`.
 * @throws AppError `format/invalid` for anything that `encodeIndex` would not have written
 */
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
  if (packs > INDEX_PACKS_MAX || chunks > INDEX_CHUNKS_MAX) body.fail('it has too many rows');
  if (body.left !== packs * PACK_ROW_BYTES + chunks * CHUNK_ROW_BYTES) body.fail('wrong length');
  const packIds = body.raw(packs * PACK_ID_BYTES);
  const packKinds = body.raw(packs);
  if (packKinds.some((kind) => kind !== PackKind.data && kind !== PackKind.meta))
    body.fail('a pack of an unknown kind');
  const packSealedBytes = Array.from({ length: packs }, () => body.u64());
  const chunkIds = body.raw(chunks * CHUNK_ID_BYTES);
  if (!areAscending(chunkIds)) body.fail('wrong order');
  const packNumbers = readColumn(body, chunks);
  if (!isBelow(packNumbers, packs)) body.fail('a chunk in no pack');
  const offsets = readColumn(body, chunks);
  const storedBytes = readColumn(body, chunks);
  const rawBytes = readColumn(body, chunks);
  if (!isBelow(rawBytes, CHUNK_BYTES_MAX + 1)) body.fail('a chunk is too long');
  const codecs = body.raw(chunks);
  body.end();
  const places = { packNumbers, offsets, storedBytes, rawBytes, codecs };
  return { packIds, packKinds, packSealedBytes, chunkIds, ...places };
}

const IS_BIG_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 0;

/** Big-endian numbers, in memory of their own. */
function readColumn(body: ByteReader, count: number): Uint32Array {
  const column = new Uint32Array(count);
  const bytes = asBuffer(new Uint8Array(column.buffer));
  bytes.set(body.raw(count * 4));
  if (!IS_BIG_ENDIAN) bytes.swap32();
  return column;
}

function isBelow(column: Uint32Array, limit: number): boolean {
  for (let i = 0; i < column.length; i++) if ((column[i] ?? 0) >= limit) return false;
  return true;
}

/** Ids are random: four bytes decide nearly always. */
function areAscending(ids: Buffer): boolean {
  let before = -1;
  for (let at = 0; at < ids.length; at += CHUNK_ID_BYTES) {
    const head = ids.readUInt32BE(at);
    if (head < before) return false;
    if (head === before) {
      const [here, end] = [at, at + CHUNK_ID_BYTES];
      if (ids.compare(ids, here, end, here - CHUNK_ID_BYTES, here) >= 0) return false;
    }
    before = head;
  }
  return true;
}

function inflate(codec: number, stored: Uint8Array, rawLength: number): Uint8Array {
  if (codec === Codec.raw && stored.length === rawLength) return stored;
  try {
    const raw = zlib.zstdDecompressSync(asBuffer(stored), {
      maxOutputLength: rawLength || 1,
      // One block for all of it, and a little more: what is filled to the brim takes another.
      chunkSize: rawLength + 64,
    });
    if (codec === Codec.zstd && raw.length === rawLength) return raw;
  } catch (cause) {
    throw new AppError('format/invalid', 'an index is damaged: it does not decompress', { cause });
  }
  throw new AppError('format/invalid', 'an index is damaged: its length is not the recorded one');
}

/** A row's number beside the first four bytes of its id, in the 53 bits of a number. */
const ROWS_MAX = 2 ** 21;

/** Rows in the order of their ids. Two threads may have stored one chunk each: the second is left out. */
function sortedRows(ids: Buffer, count: number): Uint32Array {
  assert(count <= ROWS_MAX, 'an index file has too many chunks');
  // Numbers sort ten times as fast as ids do.
  const keys = new Float64Array(count);
  for (let row = 0; row < count; row++) {
    keys[row] = ids.readUInt32BE(row * CHUNK_ID_BYTES) * ROWS_MAX + row;
  }
  keys.sort();
  const rows = Uint32Array.from(keys, (key) => key % ROWS_MAX);
  let kept = 0;
  for (let from = 0, to = 0; from < count; from = to) {
    const head = headOf(keys, from);
    do to++;
    while (to < count && headOf(keys, to) === head);
    if (to - from > 1) rows.subarray(from, to).sort((a, b) => compareIds(ids, a, b) || a - b);
    for (let i = from; i < to; i++) {
      const row = rows[i] ?? 0;
      if (i > from && compareIds(ids, rows[kept - 1] ?? 0, row) === 0) continue;
      rows[kept++] = row;
    }
  }
  return rows.subarray(0, kept);
}

function headOf(keys: Float64Array, i: number): number {
  return Math.floor((keys[i] ?? 0) / ROWS_MAX);
}

function compareIds(ids: Buffer, a: number, b: number): number {
  const [x, y] = [a * CHUNK_ID_BYTES, b * CHUNK_ID_BYTES];
  return ids.compare(ids, y, y + CHUNK_ID_BYTES, x, x + CHUNK_ID_BYTES);
}
