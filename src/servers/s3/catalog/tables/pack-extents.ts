/**
 * Extents as bytes of a column: one after the other, 37 bytes each.
 *
 * `id[16] || sizeBytes u64 || storedBytes u64 || crc32 u32 || isInline u8`, big-endian.
 * @module
 */
import { AppError } from '../../../../base/failure.ts';
import type { Extent } from '../../model/object-version.ts';

const PACKED_BYTES = 37;

export function packExtents(extents: readonly Extent[]): Buffer {
  const bytes = Buffer.allocUnsafe(extents.length * PACKED_BYTES);
  let at = 0;
  for (const extent of extents) {
    bytes.write(extent.id, at, 'hex');
    bytes.writeBigUInt64BE(BigInt(extent.sizeBytes), at + 16);
    bytes.writeBigUInt64BE(BigInt(extent.storedBytes), at + 24);
    bytes.writeUInt32BE(extent.crc32, at + 32);
    bytes[at + 36] = extent.isInline ? 1 : 0;
    at += PACKED_BYTES;
  }
  return bytes;
}

/** @throws AppError `serve/damaged` where the bytes are no whole number of extents */
export function unpackExtents(packed: Uint8Array): Extent[] {
  if (packed.length % PACKED_BYTES !== 0)
    throw new AppError('serve/damaged', 'the catalog has a damaged list of extents');
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const extents: Extent[] = [];
  for (let at = 0; at < bytes.length; at += PACKED_BYTES) {
    extents.push({
      id: bytes.toString('hex', at, at + 16),
      sizeBytes: Number(bytes.readBigUInt64BE(at + 16)),
      storedBytes: Number(bytes.readBigUInt64BE(at + 24)),
      crc32: bytes.readUInt32BE(at + 32),
      isInline: bytes[at + 36] === 1,
    });
  }
  return extents;
}
