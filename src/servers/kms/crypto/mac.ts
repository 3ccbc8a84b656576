/**
 * Message authentication codes: HMAC as FIPS 198-1 has it.
 * @module
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** What AWS calls them, and OpenSSL. */
const HASH_OF: Readonly<Record<string, string>> = {
  HMAC_SHA_224: 'sha224',
  HMAC_SHA_256: 'sha256',
  HMAC_SHA_384: 'sha384',
  HMAC_SHA_512: 'sha512',
};

export const MAC_ALGORITHMS: readonly string[] = Object.keys(HASH_OF);

/** @param algorithm one of `MAC_ALGORITHMS` */
export function makeMac(algorithm: string, material: Uint8Array, message: Uint8Array): Buffer {
  const hash = HASH_OF[algorithm];
  if (hash === undefined) throw new Error(`no such algorithm: ${algorithm}`);
  return createHmac(hash, material).update(message).digest();
}

/** Compares in constant time; a code of another length is simply wrong. */
export function isSameMac(ours: Uint8Array, theirs: Uint8Array): boolean {
  return ours.length === theirs.length && timingSafeEqual(ours, theirs);
}
