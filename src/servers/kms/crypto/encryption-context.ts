/**
 * The encryption context: public pairs that a ciphertext is bound to.
 * @module
 */
import { createHash } from 'node:crypto';
import { compareBytes, utf8Bytes } from '../../../base/bytes.ts';

/** Name → value, in any order. A map and no object: a name may be `__proto__`. */
export type EncryptionContext = ReadonlyMap<string, string>;

export const NO_CONTEXT: EncryptionContext = new Map();

/**
 * The bytes that stand for a context whatever its order: `count u32`, then for every pair, sorted by
 * the name's UTF-8 bytes, `length u32 || name || length u32 || value`.
 * @param context its texts are well-formed, or two contexts would have the same bytes
 */
export function canonicalContext(context: EncryptionContext): Buffer {
  const pairs = [...context].map(([name, value]) => [utf8Bytes(name), utf8Bytes(value)] as const);
  pairs.sort(([a], [b]) => compareBytes(a, b));
  const parts: Uint8Array[] = [lengthBytes(pairs.length)];
  for (const pair of pairs) for (const text of pair) parts.push(lengthBytes(text.length), text);
  return Buffer.concat(parts);
}

/** SHA-256 of the canonical bytes in hex, for the audit log: the same context has the same digest. */
export function contextDigest(context: EncryptionContext): string {
  return createHash('sha256').update(canonicalContext(context)).digest('hex');
}

function lengthBytes(length: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
}
