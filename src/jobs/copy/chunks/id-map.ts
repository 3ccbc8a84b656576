/**
 * Which chunk of one vault is which of the other, as far as that is known. Ids are keyed hashes and unrelated in two
 * vaults: it is learnt by reading a chunk, or from a snapshot and its copy.
 * @module
 */
import { RowSet } from '../../../vault/index/row-set.ts';

const ID_BYTES = 32;

/** By the rows of the chunk table that is copied from: 32 bytes a row, used as they come. */
export class IdMap {
  readonly #ids: Uint8Array;
  readonly #known: RowSet;

  constructor(rows: number) {
    this.#ids = new Uint8Array(rows * ID_BYTES);
    this.#known = new RowSet(rows);
  }

  /** A view of the id in the other vault. */
  get(row: number): Uint8Array | undefined {
    if (!this.#known.has(row)) return undefined;
    return this.#ids.subarray(row * ID_BYTES, (row + 1) * ID_BYTES);
  }

  /** @param ids the id is at `ids[at..at+32)` */
  set(row: number, ids: Uint8Array, at = 0): void {
    this.#ids.set(ids.subarray(at, at + ID_BYTES), row * ID_BYTES);
    this.#known.add(row);
  }
}
