/**
 * The names a folder should have, in eight bytes each: a folder may hold millions.
 * @module
 */
import { createHash } from 'node:crypto';

/** Two names may in theory count as one; then something that could be deleted stays. */
export class NameSet {
  #hashes = new Float64Array(16);
  #count = 0;
  #isSorted = true;

  add(name: Uint8Array): void {
    if (this.#count === this.#hashes.length) {
      const grown = new Float64Array(2 * this.#count);
      grown.set(this.#hashes);
      this.#hashes = grown;
    }
    this.#hashes[this.#count++] = hashOf(name);
    this.#isSorted = false;
  }

  has(name: Uint8Array): boolean {
    if (!this.#isSorted) {
      this.#hashes.subarray(0, this.#count).sort();
      this.#isSorted = true;
    }
    const wanted = hashOf(name);
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#hashes[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return low < this.#count && this.#hashes[low] === wanted;
  }
}

function hashOf(name: Uint8Array): number {
  return createHash('sha256').update(name).digest().readUIntBE(0, 6);
}
