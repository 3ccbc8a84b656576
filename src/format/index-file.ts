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
import { releaseBytes } from '../base/release-bytes.ts';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { CHUNK_BYTES_MAX, Codec, compressChunk } from './compress.ts';

const MAGIC = utf8Bytes('CYIX');
const VERSION = 1;
export const PACK_ID_BYTES = 16;
const CHUNK_ID_BYTES = 32;
const PACK_ROW_BYTES = PACK_ID_BYTES + 1 + 8;
const CHUNK_ROW_BYTES = CHUNK_ID_BYTES + 17;
/** The columns of numbers, in their order. */
const [PACK_NUMBERS, OFFSETS, STORED_BYTES, RAW_BYTES, COLUMNS] = [0, 1, 2, 3, 4];
const decompress = promisify(zlib.zstdDecompress);

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
 * The rows of an index file where they lie, in the file's own order of bytes: all of them were checked, and none was
 * copied. Whoever looks at few of them is spared columns in memory of their own.
 */
export class IndexRows {
  readonly packIds: Buffer;
  readonly packKinds: Uint8Array;
  readonly packSealedBytes: readonly number[];
  readonly chunkIds: Buffer;
  readonly codecs: Uint8Array;
  readonly #numbers: DataView;
  readonly #columnBytes: number;

  /** @throws AppError `format/invalid` where `inflated` is no body of an index file */
  constructor(inflated: Uint8Array) {
    const body = new ByteReader(inflated, 'an index');
    const packs = body.u32();
    const chunks = body.u32();
    if (packs > INDEX_PACKS_MAX || chunks > INDEX_CHUNKS_MAX) body.fail('it has too many rows');
    if (body.left !== packs * PACK_ROW_BYTES + chunks * CHUNK_ROW_BYTES) body.fail('wrong length');
    this.packIds = body.raw(packs * PACK_ID_BYTES);
    this.packKinds = body.raw(packs);
    if (this.packKinds.some((kind) => kind !== PackKind.data && kind !== PackKind.meta))
      body.fail('a pack of an unknown kind');
    this.packSealedBytes = Array.from({ length: packs }, () => body.u64());
    this.chunkIds = body.raw(chunks * CHUNK_ID_BYTES);
    if (!areAscending(this.chunkIds)) body.fail('wrong order');
    this.#columnBytes = chunks * 4;
    this.#numbers = viewOf(body.raw(COLUMNS * this.#columnBytes));
    if (!this.#isBelow(PACK_NUMBERS, packs)) body.fail('a chunk in no pack');
    if (!this.#isBelow(RAW_BYTES, CHUNK_BYTES_MAX + 1)) body.fail('a chunk is too long');
    this.codecs = body.raw(chunks);
    body.end();
  }

  packNumber(row: number): number {
    return this.#number(PACK_NUMBERS, row);
  }

  offset(row: number): number {
    return this.#number(OFFSETS, row);
  }

  storedBytes(row: number): number {
    return this.#number(STORED_BYTES, row);
  }

  rawBytes(row: number): number {
    return this.#number(RAW_BYTES, row);
  }

  /** Gives the memory that they lie in back; it must be nobody else's, and nothing can be read afterwards. */
  release(): void {
    releaseBytes(this.chunkIds);
  }

  columns(): IndexColumns {
    const { packIds, packKinds, packSealedBytes, chunkIds, codecs } = this;
    return {
      packIds,
      packKinds,
      packSealedBytes,
      chunkIds,
      packNumbers: this.#column(PACK_NUMBERS),
      offsets: this.#column(OFFSETS),
      storedBytes: this.#column(STORED_BYTES),
      rawBytes: this.#column(RAW_BYTES),
      codecs,
    };
  }

  #number(column: number, row: number): number {
    return this.#numbers.getUint32(column * this.#columnBytes + row * 4);
  }

  #isBelow(column: number, limit: number): boolean {
    const numbers = this.#numbers;
    const end = (column + 1) * this.#columnBytes;
    for (let at = column * this.#columnBytes; at < end; at += 4) {
      if (numbers.getUint32(at) >= limit) return false;
    }
    return true;
  }

  /** In memory of its own. */
  #column(column: number): Uint32Array {
    const { buffer, byteOffset } = this.#numbers;
    const length = this.#columnBytes;
    const numbers = new Uint32Array(length / 4);
    const bytes = asBuffer(new Uint8Array(numbers.buffer));
    bytes.set(new Uint8Array(buffer, byteOffset + column * length, length));
    if (!IS_BIG_ENDIAN) bytes.swap32();
    return numbers;
  }
}

/**
 * The columns may be views into `content`.
 * @throws AppError `format/invalid` for anything that `encodeIndex` would not have written
 */
export function decodeIndex(content: Uint8Array): IndexColumns {
  return new IndexRows(inflate(readStored(content))).columns();
}

/** Less than this is decompressed before another thread would have begun. */
const ASIDE_BYTES = 1024 * 1024;

/**
 * As `decodeIndex`, and decompresses a large one beside this thread. The rows may lie in `content`.
 * @throws AppError `format/invalid`
 */
export async function openIndex(content: Uint8Array): Promise<IndexRows> {
  const body = readStored(content);
  const inflated = body.rawLength < ASIDE_BYTES ? inflate(body) : await inflateAside(body);
  return new IndexRows(inflated);
}

const IS_BIG_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 0;

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Ids are random: four bytes decide nearly always. */
function areAscending(ids: Buffer): boolean {
  const numbers = viewOf(ids);
  let before = -1;
  for (let at = 0; at < ids.length; at += CHUNK_ID_BYTES) {
    const head = numbers.getUint32(at);
    if (head < before) return false;
    if (head === before) {
      const [here, end] = [at, at + CHUNK_ID_BYTES];
      if (ids.compare(ids, here, end, here - CHUNK_ID_BYTES, here) >= 0) return false;
    }
    before = head;
  }
  return true;
}

/** A body as it is stored. */
interface StoredBody {
  readonly codec: number;
  readonly bytes: Uint8Array;
  readonly rawLength: number;
}

function readStored(content: Uint8Array): StoredBody {
  const outer = new ByteReader(content, 'an index');
  if (compareBytes(outer.raw(4), MAGIC) !== 0 || outer.u8() !== VERSION) outer.fail('wrong head');
  const codec = outer.u8();
  if (outer.u8() !== 0 || outer.u8() !== 0) outer.fail('wrong head');
  const rawLength = outer.u32();
  const limit = 8 + INDEX_PACKS_MAX * PACK_ROW_BYTES + INDEX_CHUNKS_MAX * CHUNK_ROW_BYTES;
  if (rawLength > limit) outer.fail('it is too long');
  return { codec, bytes: outer.raw(outer.left), rawLength };
}

function inflate(body: StoredBody): Uint8Array {
  if (isRaw(body)) return body.bytes;
  try {
    const raw = zlib.zstdDecompressSync(asBuffer(body.bytes), zstdOptions(body));
    if (isInflated(body, raw)) return raw;
  } catch (cause) {
    throw undecompressed(cause);
  }
  throw wrongLength();
}

async function inflateAside(body: StoredBody): Promise<Uint8Array> {
  if (isRaw(body)) return body.bytes;
  try {
    const raw = await decompress(asBuffer(body.bytes), zstdOptions(body));
    if (isInflated(body, raw)) return raw;
  } catch (cause) {
    throw undecompressed(cause);
  }
  throw wrongLength();
}

function isRaw({ codec, bytes, rawLength }: StoredBody): boolean {
  return codec === Codec.raw && bytes.length === rawLength;
}

function isInflated({ codec, rawLength }: StoredBody, raw: Uint8Array): boolean {
  return codec === Codec.zstd && raw.length === rawLength;
}

/** One block for all of it, and a little more: what is filled to the brim takes another. */
function zstdOptions({ rawLength }: StoredBody) {
  return { maxOutputLength: rawLength || 1, chunkSize: rawLength + 64 };
}

function undecompressed(cause: unknown): AppError {
  return new AppError('format/invalid', 'an index is damaged: it does not decompress', { cause });
}

function wrongLength(): AppError {
  return new AppError('format/invalid', 'an index is damaged: its length is not the recorded one');
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
