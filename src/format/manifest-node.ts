/**
 * A manifest node: one metadata chunk, a run of entries (level 0) or of fences to nodes below (level ≥ 1).
 *
 *     "M" || version u8 = 1 || level u8 || zero u8 || count u32 || rows length u32 || rows || ids 32 × …
 *     fence row = shared varint || rest blob (first path below) || entries varint || file bytes varint
 *
 * A fence row owns one id of the id section, an entry row as many as it says.
 * @module
 */
import { ByteReader, ByteWriter, asBuffer, compareBytes } from '../base/bytes.ts';
import type { Entry, PathKey } from './entry.ts';
import { CHUNK_ID_BYTES, readEntryRow, readPath, writeEntryRow, writePath } from './entry-row.ts';

const MAGIC = 0x4d;
const VERSION = 1;
const HEAD_BYTES = 12;
export const MANIFEST_LEVELS_MAX = 8;
/**
 * All paths of a node, each in full. Rows share the beginnings of their paths, so that a node of a few kilobytes
 * could otherwise take its reader gigabytes. Nodes of ours stay far below.
 */
export const NODE_PATH_BYTES_MAX = 64 * 1024 * 1024;

/** A pointer to a node, with the first path under it. */
export interface Fence {
  readonly path: PathKey;
  readonly id: Uint8Array;
  /** Entries (of level 0) and bytes of file content under it. */
  readonly entries: number;
  readonly bytes: number;
}

/** Builds a node row by row. */
export class NodeWriter {
  readonly level: number;
  readonly #rows = new ByteWriter(32_768);
  readonly #ids = new ByteWriter(16_384);
  #count = 0;
  #previous: PathKey = new Uint8Array(0);

  constructor(level: number) {
    this.level = level;
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return HEAD_BYTES + this.#rows.length + this.#ids.length;
  }

  addEntry(entry: Entry): void {
    writeEntryRow(this.#rows, entry, this.#previous);
    if (entry.content.length > 0) this.#ids.raw(entry.content);
    this.#previous = entry.path;
    this.#count++;
  }

  addFence(fence: Fence): void {
    writePath(this.#rows, fence.path, this.#previous);
    this.#rows.varint(fence.entries);
    this.#rows.varint(fence.bytes);
    this.#ids.raw(fence.id);
    this.#previous = fence.path;
    this.#count++;
  }

  /** The node's bytes, in memory of their own; the writer starts anew. */
  take(): Uint8Array<ArrayBuffer> {
    const node = new Uint8Array(this.bytes);
    const head = asBuffer(node);
    head.set([MAGIC, VERSION, this.level, 0], 0);
    head.writeUInt32BE(this.#count, 4);
    head.writeUInt32BE(this.#rows.length, 8);
    node.set(this.#rows.view(), HEAD_BYTES);
    node.set(this.#ids.view(), HEAD_BYTES + this.#rows.length);
    this.#rows.reset();
    this.#ids.reset();
    this.#count = 0;
    this.#previous = new Uint8Array(0);
    return node;
  }
}

interface NodeParts {
  readonly count: number;
  readonly rows: ByteReader;
  /** Hands out the next ids of the id section. */
  readonly takeIds: (count: number) => Uint8Array;
  readonly end: () => void;
}

function openNode(bytes: Uint8Array, level: number): NodeParts {
  const head = new ByteReader(bytes, 'a manifest node');
  const fits = head.u8() === MAGIC && head.u8() === VERSION && head.u8() === level;
  if (!fits || head.u8() !== 0) head.fail('it is not the node it should be');
  const count = head.u32();
  const rowBytes = head.raw(head.u32());
  const ids = new ByteReader(head.raw(head.left), 'a manifest node');
  const rows = new ByteReader(rowBytes, 'a manifest node');
  if (count === 0) rows.fail('it is empty');
  const takeIds = (ids_: number) => ids.raw(ids_ * CHUNK_ID_BYTES);
  const end = () => (rows.end(), ids.end());
  return { count, rows, takeIds, end };
}

/**
 * Reads the entries of a level-0 node, in path order. Their bytes are views into `bytes`.
 * @throws AppError `format/invalid`, also where paths do not ascend
 */
export function* decodeEntries(bytes: Uint8Array): Generator<Entry> {
  const { count, rows, takeIds, end } = openNode(bytes, 0);
  let previous: PathKey = new Uint8Array(0);
  let pathBytes = 0;
  for (let i = 0; i < count; i++) {
    const entry = readEntryRow(rows, previous, takeIds);
    if (i > 0 && compareBytes(entry.path, previous) <= 0) rows.fail('its paths do not ascend');
    previous = entry.path;
    pathBytes += previous.length;
    if (pathBytes > NODE_PATH_BYTES_MAX) rows.fail('its paths are too long');
    yield entry;
  }
  end();
}

/** Reads the fences of a node of `level` ≥ 1, in path order. */
export function decodeFences(bytes: Uint8Array, level: number): Fence[] {
  const { count, rows, takeIds, end } = openNode(bytes, level);
  const fences: Fence[] = [];
  let previous: PathKey = new Uint8Array(0);
  let pathBytes = 0;
  for (let i = 0; i < count; i++) {
    const path = readPath(rows, previous);
    if (i > 0 && compareBytes(path, previous) <= 0) rows.fail('its paths do not ascend');
    pathBytes += path.length;
    if (pathBytes > NODE_PATH_BYTES_MAX) rows.fail('its paths are too long');
    const [entries, size] = [rows.varint(), rows.varint()];
    fences.push({ path, id: takeIds(1), entries, bytes: size });
    previous = path;
  }
  end();
  return fences;
}
