/**
 * Opens sealed segments: what is given out was verified.
 * @module
 */
import { createDecipheriv } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { CIPHER, TAG_BYTES, segmentNonce } from './segments.ts';

/** @returns the plain bytes; undefined where they are not what was sealed under that key at that place */
export function openSegment(
  key: KeyObject,
  sealed: Buffer,
  place: { readonly number: number; readonly isLast: boolean },
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
