/**
 * New key ids.
 * @module
 */
import { asBuffer } from '../../../base/bytes.ts';
import type { RandomBytes } from '../../../base/ports.ts';

/** A random UUID (RFC 9562, version 4), lower-case. */
export function makeKeyId(random: RandomBytes): string {
  const bytes = asBuffer(random(16));
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
