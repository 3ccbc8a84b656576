/**
 * Padmé: rounds a length up so that it tells only O(log log n) bits of the real one, at most 12 % larger.
 * Source: Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs".
 * @module
 */

/** The padded length for `length` bytes (0 ≤ length < 2^52). Idempotent and monotonic. */
export function padmeLength(length: number): number {
  if (length < 2) return length;
  const exponent = Math.floor(Math.log2(length));
  const bits = Math.floor(Math.log2(exponent)) + 1;
  const granularity = 2 ** (exponent - bits);
  return granularity <= 1 ? length : Math.ceil(length / granularity) * granularity;
}
