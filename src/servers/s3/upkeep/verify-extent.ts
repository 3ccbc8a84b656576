/**
 * Whether what is stored of an extent is what was written.
 * @module
 */
import type { KeyObject } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Extent } from '../model/object-version.ts';
import type { SealedSource } from '../storage/sealed-source.ts';
import { openSegment } from '../storage/sealing/open-segment.ts';
import { SEALED_SEGMENT_BYTES, sealedBytes, segmentCount } from '../storage/sealing/segments.ts';

/** `checksum`: rot. `seal`: the checksum fits, but it was not sealed so: another's bytes, or on purpose. */
export type ExtentDefect = 'missing' | 'size' | 'checksum' | 'seal';

const SEGMENTS_AT_ONCE = 8;

/**
 * @param key undefined where it cannot be had: then the checksum alone is looked at
 * @throws system errors, where the disk gives an error instead of bytes
 */
export async function verifyExtent(
  extent: Extent,
  source: SealedSource,
  key: KeyObject | undefined,
): Promise<ExtentDefect | undefined> {
  const { sizeBytes, storedBytes } = extent;
  if (storedBytes !== sealedBytes(sizeBytes)) return 'size';
  const last = segmentCount(sizeBytes) - 1;
  let sum = 0;
  let isSealed = true;
  for (let first = 0; first <= last; first += SEGMENTS_AT_ONCE) {
    const position = first * SEALED_SEGMENT_BYTES;
    const end = Math.min(position + SEGMENTS_AT_ONCE * SEALED_SEGMENT_BYTES, storedBytes);
    const sealed = await source.read(position, end - position);
    if (sealed === undefined) return 'size';
    sum = crc32(sealed, sum);
    if (key !== undefined && isSealed) isSealed = opensAll(sealed, key, first, last);
  }
  // More than was written is wrong, too.
  if ((await source.read(storedBytes, 1)) !== undefined) return 'size';
  if (sum !== extent.crc32) return 'checksum';
  return isSealed ? undefined : 'seal';
}

function opensAll(sealed: Buffer, key: KeyObject, first: number, last: number): boolean {
  for (let at = 0, number = first; at < sealed.length; at += SEALED_SEGMENT_BYTES, number++) {
    const bytes = sealed.subarray(at, at + SEALED_SEGMENT_BYTES);
    if (openSegment(key, bytes, { number, isLast: number === last }) === undefined) return false;
  }
  return true;
}
