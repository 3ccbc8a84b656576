/**
 * The index in memory: a flat table in shared memory, one row a chunk, for all threads at once.
 *
 * Rows (32 bytes of id; 16 of place: pack, offset, stored and raw length) are appended and never move. A hash
 * table of row numbers finds them; it grows by generations, each twice as large as the one before, so that
 * nothing is ever rehashed and only as much memory is touched as rows exist. Threads insert at the same time:
 * a row becomes visible by one compare-and-swap. The memory is reserved, not used, until it is written: a place
 * that is not known is all zeros, and takes none.
 * @module
 */
import { assert } from '../../base/failure.ts';

const ID_BYTES = 32;
const ROW_WORDS = 4;
const FIRST_GENERATION_MIN = 1 << 16;
const LOAD_FACTOR = 0.6;
/** The pack of a row whose place is not known: its chunk is claimed but not in a pack yet, or was added without. */
export const PACK_PENDING = 0xffff_ffff;
const CODEC_SHIFT = 28;

/** What a thread needs to attach to a table. */
export interface ChunkTableShared {
  readonly ids: SharedArrayBuffer;
  readonly rows: SharedArrayBuffer;
  readonly slots: SharedArrayBuffer;
  readonly control: SharedArrayBuffer;
  readonly firstGeneration: number;
}

/** Where a chunk lies. */
export interface ChunkPlace {
  readonly pack: number;
  readonly offset: number;
  readonly storedBytes: number;
  readonly rawBytes: number;
  readonly codec: number;
}

/** To look for one among sorted ids takes as long as to add this many rows: where more is looked for, all are added. */
const ROWS_PER_LOOKUP = 16;
const SINGLE_LOOKUPS_MIN = 20_000;

/** Rows that a table does not have yet (`IndexLookup`). */
export interface RestOfIndex {
  readonly count: number;
  find(ids: Uint8Array, at: number): ChunkPlace | undefined;
  /** Hands out everything; nothing can be asked of it after that. */
  drain(take: (ids: Uint8Array, at: number, place: ChunkPlace) => void): void;
}

export class ChunkTable {
  readonly shared: ChunkTableShared;
  readonly capacity: number;
  readonly #ids: Uint8Array;
  readonly #rows: Uint32Array;
  readonly #slots: Int32Array;
  /** [rows used] */
  readonly #control: Int32Array;
  readonly #firstGeneration: number;
  #rest: RestOfIndex | undefined;

  private constructor(shared: ChunkTableShared) {
    this.shared = shared;
    this.#ids = new Uint8Array(shared.ids);
    this.#rows = new Uint32Array(shared.rows);
    this.#slots = new Int32Array(shared.slots);
    this.#control = new Int32Array(shared.control);
    this.#firstGeneration = shared.firstGeneration;
    this.capacity = shared.ids.byteLength / ID_BYTES;
  }

  /**
   * @param capacity rows that may ever be inserted
   * @param expected rows that will be inserted soon: sizes the first generation
   */
  static create(capacity: number, expected = 0): ChunkTable {
    const firstGeneration = Math.max(FIRST_GENERATION_MIN, Math.ceil(expected / LOAD_FACTOR));
    let slots = 0;
    for (let size = firstGeneration, rows = 0; rows < capacity; size *= 2) {
      slots += size;
      rows += Math.floor(size * LOAD_FACTOR);
    }
    return new ChunkTable({
      ids: new SharedArrayBuffer(capacity * ID_BYTES),
      rows: new SharedArrayBuffer(capacity * ROW_WORDS * 4),
      slots: new SharedArrayBuffer(slots * 4),
      control: new SharedArrayBuffer(4),
      firstGeneration,
    });
  }

  static attach(shared: ChunkTableShared): ChunkTable {
    return new ChunkTable(shared);
  }

  /** Rows used; some of them may be leftovers of a lost race (their pack stays pending). */
  get count(): number {
    return Math.min(Atomics.load(this.#control, 0), this.capacity);
  }

  /**
   * Makes the table fill itself from `rest`, with what `find` is asked for. For readers: threads that are attached
   * see only the rows that were found here.
   */
  fillFrom(rest: RestOfIndex): void {
    this.#rest = rest;
  }

  /** The row of a chunk id at `ids[at..at+32)`, or -1. */
  find(ids: Uint8Array, at = 0): number {
    const row = this.#find(ids, at);
    return row < 0 && this.#rest ? this.#findInRest(this.#rest, ids, at) : row;
  }

  #findInRest(rest: RestOfIndex, ids: Uint8Array, at: number): number {
    if (this.count >= Math.max(SINGLE_LOOKUPS_MIN, rest.count / ROWS_PER_LOOKUP)) {
      this.#rest = undefined;
      rest.drain((rowIds, rowAt, place) => this.add(rowIds, rowAt, place));
      return this.#find(ids, at);
    }
    const place = rest.find(ids, at);
    return place ? this.add(ids, at, place) : -1;
  }

  #find(ids: Uint8Array, at: number): number {
    const hash = hashOf(ids, at);
    let size = this.#firstGeneration;
    let start = 0;
    let rowsBefore = 0;
    const count = this.count;
    while (rowsBefore < count) {
      const row = this.#probe(ids, at, hash, start, size);
      if (row >= 0) return row;
      rowsBefore += Math.floor(size * LOAD_FACTOR);
      start += size;
      size *= 2;
    }
    return -1;
  }

  #probe(ids: Uint8Array, at: number, hash: number, start: number, size: number): number {
    const slots = this.#slots;
    for (let i = slotOf(hash, size); ; i = i + 1 < size ? i + 1 : 0) {
      const slot = Atomics.load(slots, start + i);
      if (slot === 0) return -1;
      if (this.#hasId(slot - 1, ids, at)) return slot - 1;
    }
  }

  #hasId(row: number, ids: Uint8Array, at: number): boolean {
    const own = this.#ids;
    const from = row * ID_BYTES;
    for (let i = 0; i < ID_BYTES; i++) if (own[from + i] !== ids[at + i]) return false;
    return true;
  }

  /**
   * Inserts a chunk that is not there yet, its pack pending.
   * @returns its row, which the caller now owns, or -1 where the chunk is already known. Very rarely (two
   *   threads at once, at the edge of a generation) both get a row: the chunk is then stored twice, harmlessly.
   */
  claim(ids: Uint8Array, at = 0): number {
    if (this.#find(ids, at) >= 0) return -1;
    return this.#insert(ids, at, undefined);
  }

  /** Inserts a chunk with its place. @returns its row, or -1 where the chunk is already known */
  add(ids: Uint8Array, at: number, place: ChunkPlace): number {
    if (this.#find(ids, at) >= 0) return -1;
    return this.#insert(ids, at, place);
  }

  #insert(ids: Uint8Array, at: number, place: ChunkPlace | undefined): number {
    const row = Atomics.add(this.#control, 0, 1);
    assert(row < this.capacity, 'the index in memory is full');
    const own = this.#ids;
    // Byte by byte is faster than a view for so few.
    for (let i = 0, to = row * ID_BYTES; i < ID_BYTES; i++) own[to + i] = ids[at + i] ?? 0;
    if (place) this.place(row, place);
    let size = this.#firstGeneration;
    let start = 0;
    let rowsBefore = Math.floor(size * LOAD_FACTOR);
    while (row >= rowsBefore) {
      start += size;
      size *= 2;
      rowsBefore += Math.floor(size * LOAD_FACTOR);
    }
    for (let i = slotOf(hashOf(ids, at), size); ; i = i + 1 < size ? i + 1 : 0) {
      const slot = Atomics.compareExchange(this.#slots, start + i, 0, row + 1);
      if (slot === 0) return row;
      if (this.#hasId(slot - 1, ids, at)) {
        // Another thread was faster: this row stays behind, unreachable.
        if (place) this.#rows[row * ROW_WORDS] = 0;
        return -1;
      }
    }
  }

  /** A view of the id in a row. */
  idOf(row: number): Uint8Array {
    return this.#ids.subarray(row * ID_BYTES, (row + 1) * ID_BYTES);
  }

  copyId(row: number, target: Uint8Array, at: number): void {
    target.set(this.idOf(row), at);
  }

  /** The number of its pack in the pack list, or `PACK_PENDING`. */
  packOf(row: number): number {
    return ((this.#rows[row * ROW_WORDS] ?? 0) - 1) >>> 0;
  }

  /** Where its stored form begins in the pack's plaintext. */
  offsetOf(row: number): number {
    return this.#rows[row * ROW_WORDS + 1] ?? 0;
  }

  storedBytesOf(row: number): number {
    return this.#rows[row * ROW_WORDS + 2] ?? 0;
  }

  rawBytesOf(row: number): number {
    return (this.#rows[row * ROW_WORDS + 3] ?? 0) & ((1 << CODEC_SHIFT) - 1);
  }

  codecOf(row: number): number {
    return (this.#rows[row * ROW_WORDS + 3] ?? 0) >>> CODEC_SHIFT;
  }

  /** Moves a row to another place (a later index file said so, or its pack is known now). */
  place(row: number, place: ChunkPlace): void {
    const rows = this.#rows;
    const word = row * ROW_WORDS;
    rows[word] = place.pack + 1;
    rows[word + 1] = place.offset;
    rows[word + 2] = place.storedBytes;
    rows[word + 3] = (place.rawBytes | (place.codec << CODEC_SHIFT)) >>> 0;
  }
}

/**
 * Ids are outputs of a PRF: their first bytes are as good as any hash. The first counts most, so that
 * sorted ids fill the slots in order, which is easier on the processor's cache.
 */
function hashOf(ids: Uint8Array, at: number): number {
  const high = ((ids[at] ?? 0) << 8) | (ids[at + 1] ?? 0);
  const low = ((ids[at + 2] ?? 0) << 8) | (ids[at + 3] ?? 0);
  return ((high << 16) | low) >>> 0;
}

/** Where a hash of 32 bits falls in a generation of any size: in order, and evenly. */
function slotOf(hash: number, size: number): number {
  return Math.floor((hash * size) / 2 ** 32);
}
