/**
 * The rows of each pack's chunks: the chunk table turned round, in shared memory.
 * @module
 */
import type { ChunkTable } from '../../vault/index/chunk-table.ts';

/** What a thread needs to attach. */
export interface PackRowsShared {
  /** Where each pack's rows begin, and an end. */
  readonly starts: SharedArrayBuffer;
  readonly rows: SharedArrayBuffer;
}

export class PackRows {
  readonly shared: PackRowsShared;
  readonly #starts: Uint32Array;
  readonly #rows: Uint32Array;

  private constructor(shared: PackRowsShared) {
    this.shared = shared;
    this.#starts = new Uint32Array(shared.starts);
    this.#rows = new Uint32Array(shared.rows);
  }

  /** For a table in which nothing is pending. */
  static create(chunks: ChunkTable, packs: number): PackRows {
    const { count } = chunks;
    const starts = new Uint32Array(new SharedArrayBuffer((packs + 1) * 4));
    const rows = new Uint32Array(new SharedArrayBuffer(count * 4));
    for (let row = 0; row < count; row++) add(starts, chunks.packOf(row) + 1, 1);
    for (let pack = 0; pack < packs; pack++) add(starts, pack + 1, starts[pack] ?? 0);
    const next = starts.slice();
    for (let row = 0; row < count; row++) {
      const pack = chunks.packOf(row);
      rows[next[pack] ?? 0] = row;
      add(next, pack, 1);
    }
    return new PackRows({
      starts: starts.buffer as SharedArrayBuffer,
      rows: rows.buffer as SharedArrayBuffer,
    });
  }

  static attach(shared: PackRowsShared): PackRows {
    return new PackRows(shared);
  }

  /** A view of the rows of the chunks that the index says are in that pack. */
  of(pack: number): Uint32Array {
    return this.#rows.subarray(this.#starts[pack], this.#starts[pack + 1]);
  }
}

function add(numbers: Uint32Array, at: number, by: number): void {
  numbers[at] = (numbers[at] ?? 0) + by;
}
