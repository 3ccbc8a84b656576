/**
 * Opens sealed segments: what is given out was verified.
 * @module
 */
import { createDecipheriv } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { copyBytes } from '../../../../base/copy-bytes.ts';
import { releaseBytes } from '../../../../base/release-bytes.ts';
import { CIPHER, TAG_BYTES, segmentNonce } from './segments.ts';

/** Which segment of its extent it has to be. */
export interface SegmentPlace {
  readonly number: number;
  readonly isLast: boolean;
}

/** @returns the plain bytes; undefined where they are not what was sealed under that key at that place */
export function openSegment(
  key: KeyObject,
  sealed: Buffer,
  place: SegmentPlace,
): Buffer | undefined {
  if (sealed.length < TAG_BYTES) return undefined;
  const nonce = segmentNonce(place.number, place.isLast);
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const plain = decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return plain;
}

/**
 * @param out begins with the plain bytes afterwards; may be the memory of `sealed`, from its start on or from further
 *   ahead. Not touched where the segment is refused
 * @returns how many they are; undefined as `openSegment`
 */
export function openSegmentInto(
  key: KeyObject,
  sealed: Buffer,
  place: SegmentPlace,
  out: Buffer,
): number | undefined {
  const plain = openSegment(key, sealed, place);
  if (plain === undefined) return undefined;
  copyBytes(plain, out, 0);
  const { length } = plain;
  releaseBytes(plain);
  return length;
}
