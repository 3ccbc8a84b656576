/**
 * Whether what is stored of an extent is what was written.
 * @module
 */
import type { KeyObject } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Extent } from '../model/object-version.ts';
import type { SealedSource } from '../storage/sealed-source.ts';
import { openSegmentInto } from '../storage/sealing/open-segment.ts';
import { SEALED_SEGMENT_BYTES, sealedBytes, segmentCount } from '../storage/sealing/segments.ts';

/** `checksum`: rot. `seal`: the checksum fits, but it was not sealed so: another's bytes, or on purpose. */
export type ExtentDefect = 'missing' | 'size' | 'checksum' | 'seal';

const BATCH_BYTES = 8 * SEALED_SEGMENT_BYTES;

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
  const memory = Buffer.allocUnsafeSlow(Math.min(BATCH_BYTES, storedBytes));
  for (let position = 0; position < storedBytes; position += BATCH_BYTES) {
    const sealed = memory.subarray(0, storedBytes - position);
    if (!(await source.read(position, sealed))) return 'size';
    sum = crc32(sealed, sum);
    const first = position / SEALED_SEGMENT_BYTES;
    if (key !== undefined && isSealed) isSealed = opensAll(sealed, key, first, last);
  }
  // More than was written is wrong, too.
  if (await source.read(storedBytes, memory.subarray(0, 1))) return 'size';
  if (sum !== extent.crc32) return 'checksum';
  return isSealed ? undefined : 'seal';
}

/** Nothing is left of the sealed bytes. */
function opensAll(sealed: Buffer, key: KeyObject, first: number, last: number): boolean {
  for (let at = 0, number = first; at < sealed.length; at += SEALED_SEGMENT_BYTES, number++) {
    const bytes = sealed.subarray(at, at + SEALED_SEGMENT_BYTES);
    const place = { number, isLast: number === last };
    if (openSegmentInto(key, bytes, place, bytes) === undefined) return false;
  }
  return true;
}
