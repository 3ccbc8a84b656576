/**
 * The packs that the index knows, numbered in the order they were met.
 * @module
 */
import { toHex } from '../../base/bytes.ts';
import { assert } from '../../base/failure.ts';
import { PACK_ID_BYTES, PackKind } from '../../format/index-file.ts';
import type { PackRoom } from '../pack-key.ts';

export class PackList {
  #ids = new Uint8Array(1024 * PACK_ID_BYTES);
  readonly #kinds: PackKind[] = [];
  readonly #sealedBytes: number[] = [];
  readonly #numbers = new Map<string, number>();

  get count(): number {
    return this.#kinds.length;
  }

  /** The number of a pack, which is added where it is new. */
  add(id: Uint8Array, kind: PackKind, sealedBytes: number): number {
    const name = toHex(id);
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.#kinds.length;
    if ((number + 1) * PACK_ID_BYTES > this.#ids.length) {
      const grown = new Uint8Array(this.#ids.length * 2);
      grown.set(this.#ids);
      this.#ids = grown;
    }
    this.#ids.set(id, number * PACK_ID_BYTES);
    this.#kinds.push(kind);
    this.#sealedBytes.push(sealedBytes);
    this.#numbers.set(name, number);
    return number;
  }

  numberOf(id: string): number | undefined {
    return this.#numbers.get(id);
  }

  /** 32 hex digits. */
  idOf(number: number): string {
    assert(number < this.count, `there is no pack ${number}`);
    return toHex(this.#ids.subarray(number * PACK_ID_BYTES, (number + 1) * PACK_ID_BYTES));
  }

  kindOf(number: number): PackRoom {
    return this.#kinds[number] === PackKind.meta ? 'meta' : 'data';
  }

  sealedBytesOf(number: number): number {
    return this.#sealedBytes[number] ?? 0;
  }
}
