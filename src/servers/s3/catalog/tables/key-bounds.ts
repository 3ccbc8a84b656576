/**
 * Where a listing begins and ends, as bytes of keys.
 * @module
 */
import type { KeyRange } from '../catalog.ts';

export interface KeyBounds {
  /** Included. */
  readonly from: Buffer;
  /** Not included. */
  readonly to: Buffer;
}

const ZERO = Buffer.of(0);
/** UTF-8 has no such byte: it is behind every key. */
const BEHIND_ALL = Buffer.of(0xff);

export function keyBounds(range: KeyRange): KeyBounds {
  const prefix = Buffer.from(range.prefix);
  let from: Buffer = prefix;
  if (range.after !== undefined) from = later(from, justAfter(range.after));
  if (range.fromBytes !== undefined) from = later(from, range.fromBytes);
  return { from, to: pastPrefix(prefix) };
}

/** The first bytes behind `key`: no key lies between. */
export function justAfter(key: string): Buffer {
  return Buffer.concat([Buffer.from(key), ZERO]);
}

/** The first bytes behind all keys that begin with `prefix`. UTF-8 never ends in the highest byte. */
function pastPrefix(prefix: Buffer): Buffer {
  if (prefix.length === 0) return BEHIND_ALL;
  const past = Buffer.from(prefix);
  past[past.length - 1] = (past.at(-1) ?? 0) + 1;
  return past;
}

function later(a: Buffer, b: Buffer): Buffer {
  return Buffer.compare(a, b) >= 0 ? a : b;
}
