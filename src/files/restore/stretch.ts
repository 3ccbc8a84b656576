/**
 * Neighbouring pieces of a file, gathered in memory that lies on pages as they do on pages of the file.
 * @module
 */
import { copyBytes } from '../../base/copy-bytes.ts';
import { PAGE_BYTES, pageAlignedMemory } from '../../base/page-memory.ts';
import { MiB } from '../../base/units.ts';

/** No chunk of a file is longer. */
const ROOM_BYTES = 8 * MiB;

export class Stretch {
  #memory: Uint8Array | undefined;
  #position = 0;
  #length = 0;

  /** @returns false where the piece does not go on where this one ends, or there is no room for it */
  add(piece: Uint8Array, position: number): boolean {
    if (this.#length > 0 && position !== this.#position + this.#length) return false;
    if (this.#length + piece.length > ROOM_BYTES) return false;
    if (this.#length === 0) this.#position = position;
    this.#memory ??= new Uint8Array(pageAlignedMemory(ROOM_BYTES + PAGE_BYTES));
    copyBytes(piece, this.#memory, this.#start + this.#length);
    this.#length += piece.length;
    return true;
  }

  get position(): number {
    return this.#position;
  }

  /** Untouched until the next `add` after `clear`. */
  get bytes(): Uint8Array {
    return this.#memory?.subarray(this.#start, this.#start + this.#length) ?? new Uint8Array(0);
  }

  clear(): void {
    this.#length = 0;
  }

  get #start(): number {
    return this.#position % PAGE_BYTES;
  }
}
