/**
 * Inputs for the chunker's tests, the same on every machine.
 * @module
 */
import { createCipheriv, createHash } from 'node:crypto';
import type { ReadAt } from '../../src/chunker/file-window.ts';
import type { ChunkerKeys } from '../../src/chunker/scanner.ts';

/** AES-128-CTR over zeros, key: the first 16 bytes of SHA-256(seed), counter from zero. */
export function randomBytesOf(seed: string, length: number): Buffer {
  const key = createHash('sha256').update(seed).digest().subarray(0, 16);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

/** `pattern` again and again, cut off at `length`. */
export function repeatOf(pattern: Uint8Array, length: number): Buffer {
  return Buffer.alloc(length, pattern);
}

export const KEYS: ChunkerKeys = {
  gearTable: createHash('sha256').update('test gear table').digest(),
  boundary: createHash('sha256').update('test boundary').digest(),
};

/** Reads from memory, at most `pieceBytes()` a time. */
export function readerOf(file: Uint8Array, pieceBytes: () => number = () => Infinity): ReadAt {
  return (target, position) => {
    const wanted = Math.max(1, Math.min(target.length, pieceBytes()));
    const piece = file.subarray(position, position + wanted);
    target.set(piece);
    return piece.length;
  };
}
