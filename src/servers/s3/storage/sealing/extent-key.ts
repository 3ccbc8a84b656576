/**
 * The key of one extent, from the data key of its object.
 * @module
 */
import { createSecretKey, hkdfSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

const LABEL = Buffer.from('cybs3 server extent');
const KEY_BYTES = 32;
const NO_SALT = Buffer.alloc(0);

/**
 * HKDF-SHA256 (RFC 5869) without salt, info = label || id. No two extents share a key, so that the numbers of their
 * segments are nonces enough.
 *
 * Key objects, as Node takes raw bytes three times as long (Node 24: HKDF 13 to 5 µs, GCM 17 to 4). They cannot be
 * wiped, and are gone with the request.
 * @param dataKey 32 bytes; not kept
 * @param id 32 characters of hex
 */
export function extentKey(dataKey: Uint8Array, id: string): KeyObject {
  const info = Buffer.concat([LABEL, Buffer.from(id, 'hex')]);
  const bytes = Buffer.from(hkdfSync('sha256', createSecretKey(dataKey), NO_SALT, info, KEY_BYTES));
  try {
    return createSecretKey(bytes);
  } finally {
    bytes.fill(0);
  }
}
