/**
 * A set of rows of the chunk table, one bit each: what was visited, however many snapshots share it.
 * @module
 */

export class RowSet {
  readonly #bits: Uint8Array;

  /** @param rows of the table */
  constructor(rows: number) {
    this.#bits = new Uint8Array((rows + 7) >>> 3);
  }

  has(row: number): boolean {
    return ((this.#bits[row >>> 3] ?? 0) & (1 << (row & 7))) !== 0;
  }

  add(row: number): void {
    this.#bits[row >>> 3] = (this.#bits[row >>> 3] ?? 0) | (1 << (row & 7));
  }
}
