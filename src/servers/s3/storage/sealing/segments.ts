/**
 * How an extent is cut: segments of plain bytes, each sealed by AES-256-GCM with its tag behind it.
 *
 * Segment i has the nonce `zeros[7] || i u32 || isLast u8`, as STREAM has it (Hoang, Reyhanitabar, Rogaway, Vizár,
 * "Online authenticated-encryption and its nonce-reuse misuse-resistance", 2015): a segment that was swapped, dropped
 * or cut off is noticed, also at the end. All segments but the last are full; an empty extent is one empty segment.
 * @module
 */
import { KiB } from '../../../../base/units.ts';

export const CIPHER = 'aes-256-gcm';
/** Measured: smaller ones cost time for each, larger ones make small ranges dear. */
export const SEGMENT_BYTES = 128 * KiB;
export const TAG_BYTES = 16;
export const SEALED_SEGMENT_BYTES = SEGMENT_BYTES + TAG_BYTES;

const NONCE_BYTES = 12;

export function segmentCount(sizeBytes: number): number {
  return Math.max(1, Math.ceil(sizeBytes / SEGMENT_BYTES));
}

/** What an extent of so many plain bytes takes on disk. */
export function sealedBytes(sizeBytes: number): number {
  return sizeBytes + segmentCount(sizeBytes) * TAG_BYTES;
}

export function segmentNonce(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeUInt32BE(number, 7);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}
