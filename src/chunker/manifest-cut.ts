/**
 * Where a manifest is cut into metadata chunks: at paths that a key picks, so that the cuts stay where
 * they are while files around them come and go, and nobody without the key foresees them.
 *
 * A path is picked for an average of 2^n entries iff
 * - the top min(n, 4) bits of a cheap keyed hash of it are zero: h = seed; for each byte
 *   h = (h XOR byte) · multiplier mod 2^32; at last h = (h XOR h >>> 15) · multiplier mod 2^32; and
 * - where n > 4, the low n - 4 bits of HMAC-SHA-256(key, 1 || path), its first four bytes read
 *   big-endian, are zero.
 * Seed and multiplier (its lowest bit set) are the first two big-endian words of HMAC-SHA-256(key, 0).
 * The paths picked for a larger n are a subset of those for a smaller one.
 * @module
 */
import { createHmac, createSecretKey } from 'node:crypto';
import { assert } from '../base/failure.ts';

/** Says whether a metadata chunk starts with this path, for chunks of 2^averageLog2 entries on average. */
export type PathCutter = (path: Uint8Array, averageLog2: number) => boolean;

const CHEAP_BITS = 4;
const PREFIX = Uint8Array.of(1);

/** @param key 32 bytes, "cybs3/v1/manifest-cut" of the dedup key; copied */
export function createPathCutter(key: Uint8Array): PathCutter {
  assert(key.length === 32, 'manifest-cut key: 32 bytes');
  const secret = createSecretKey(key);
  const cheap = createHmac('sha256', secret).update(Uint8Array.of(0)).digest();
  const seed = cheap.readInt32BE(0);
  const multiplier = cheap.readInt32BE(4) | 1;
  return (path, averageLog2) => {
    assert(averageLog2 >= 0 && averageLog2 <= 32, 'average of a manifest cut');
    const bits = Math.min(averageLog2, CHEAP_BITS);
    if (bits > 0 && cheapHash(path, seed, multiplier) >>> (32 - bits) !== 0) return false;
    const left = averageLog2 - bits;
    if (left === 0) return true;
    const word = createHmac('sha256', secret).update(PREFIX).update(path).digest().readUInt32BE(0);
    return word % 2 ** left === 0;
  };
}

function cheapHash(path: Uint8Array, seed: number, multiplier: number): number {
  let h = seed;
  for (let i = 0; i < path.length; i++) h = Math.imul(h ^ (path[i] ?? 0), multiplier);
  return Math.imul(h ^ (h >>> 15), multiplier);
}
