/**
 * Copying into memory that threads share.
 * @module
 */
import { asBuffer } from './bytes.ts';

/**
 * Copies all of `from` to `to` from `at`, by memmove also where either is shared memory. There `set`, and `copy` of
 * a whole buffer, go byte by byte (five times slower); a partial `copy` does not, so the last byte goes alone.
 */
export function copyBytes(from: Uint8Array, to: Uint8Array, at: number): void {
  const last = from.length - 1;
  if (last < 0) return;
  asBuffer(from).copy(to, at, 0, last);
  to[at + last] = from[last] ?? 0;
}
