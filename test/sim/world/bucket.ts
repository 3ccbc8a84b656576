/**
 * What the simulated store truly holds. Changes are atomic; whoever wants to know of them is told.
 * @module
 */
import { notFound } from '../../../src/store/outcome.ts';
import type { ByteRange, StoredObject } from '../../../src/store/port.ts';

const LOCATION = 'the simulated store';

interface Held {
  readonly bytes: Uint8Array;
  readonly modifiedMs: number;
}

/** Part of a listing. */
export interface Page {
  readonly objects: readonly StoredObject[];
  /** Where the next page begins; absent after the last. */
  readonly next?: number;
}

export type Change = 'put' | 'delete';

export class Bucket {
  readonly location = LOCATION;
  readonly #objects = new Map<string, Held>();
  onChange: (change: Change, key: string) => void = () => undefined;

  /** A store with the same objects. */
  copy(): Bucket {
    const copy = new Bucket();
    for (const [key, held] of this.#objects) copy.#objects.set(key, held);
    return copy;
  }

  /** @param bytes kept, not to be changed */
  put(key: string, bytes: Uint8Array, modifiedMs: number): void {
    // A copy, and no Buffer: a slice of that is no copy.
    this.#objects.set(key, { bytes: new Uint8Array(bytes), modifiedMs });
    this.onChange('put', key);
  }

  delete(key: string): void {
    if (this.#objects.delete(key)) this.onChange('delete', key);
  }

  has(key: string): boolean {
    return this.#objects.has(key);
  }

  /** @throws AppError `store/not-found` */
  get(key: string, range?: ByteRange): Uint8Array {
    const held = this.#objects.get(key);
    if (!held) throw notFound(LOCATION, key);
    return range ? held.bytes.slice(range.offset, range.offset + range.length) : held.bytes.slice();
  }

  head(key: string): StoredObject | undefined {
    const held = this.#objects.get(key);
    return held && describe(key, held);
  }

  /** Keys under a prefix, in byte order. */
  keys(prefix: string): string[] {
    return [...this.#objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  /**
   * The objects whose place in an order that `salt` makes is `from` or later, at most `size` of them. What comes and
   * goes between two pages of a listing is in it or not.
   */
  page(prefix: string, salt: number, from: number, size: number): Page {
    const found: (readonly [number, StoredObject])[] = [];
    for (const [key, held] of this.#objects) {
      if (!key.startsWith(prefix)) continue;
      const place = placeOf(key, salt);
      if (place >= from) found.push([place, describe(key, held)]);
    }
    found.sort(([a], [b]) => a - b);
    const objects = found.slice(0, size).map(([, object]) => object);
    const next = found[size]?.[0];
    return { objects, ...(next !== undefined && { next }) };
  }
}

function describe(key: string, { bytes, modifiedMs }: Held): StoredObject {
  return { key, sizeBytes: bytes.length, modifiedMs };
}

/** FNV-1a of the end of a key, which is random. */
function placeOf(key: string, salt: number): number {
  let hash = salt | 0;
  for (let i = Math.max(0, key.length - 12); i < key.length; i++) {
    hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}
