/**
 * What names a chunk: HMAC-SHA-256 of its content under the vault's chunk-id key, so that nobody without
 * the key can test whether a known file is in the vault.
 * @module
 */
import { createHmac, createSecretKey } from 'node:crypto';
import type { Secret } from './secret.ts';

export const CHUNK_ID_BYTES = 32;

/** @returns a function from a chunk to its id (32 bytes of the caller's own); it keeps a copy of the key */
export function createChunkIdentifier(key: Secret): (chunk: Uint8Array) => Uint8Array {
  // A raw key costs 11 µs more a chunk than a key object; padding and hashing by hand gains nothing.
  const hmacKey = key.use((bytes) => createSecretKey(bytes));
  return (chunk) => createHmac('sha256', hmacKey).update(chunk).digest();
}
