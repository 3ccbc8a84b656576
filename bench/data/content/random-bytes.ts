/**
 * Seeded chance: numbers for decisions, and bytes that do not compress.
 * @module
 */
import { createCipheriv, createHash } from 'node:crypto';
import type { Cipheriv } from 'node:crypto';

/** Fills a buffer with the next bytes of some endless content. */
export type Filler = (target: Buffer) => void;

/** The same numbers for the same seed, each in [0, 1). (mulberry32) */
export function createChance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number in [0, below). */
export function below(chance: () => number, limit: number): number {
  return Math.floor(chance() * limit);
}

/** A number in [0, 1) that depends on a text alone. */
export function fractionOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32;
}

const ZEROS = Buffer.alloc(1 << 20);

/** Incompressible bytes: AES-CTR of zeros under the seed. */
export function randomBytes(seed: string): Filler {
  const key = createHash('sha256').update(seed).digest().subarray(0, 16);
  const cipher: Cipheriv = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  return (target) => {
    for (let at = 0; at < target.length; at += ZEROS.length) {
      const piece = ZEROS.subarray(0, Math.min(ZEROS.length, target.length - at));
      cipher.update(piece).copy(target, at);
    }
  };
}
