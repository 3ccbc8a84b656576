/**
 * A data key, wrapped under another key and bound to its place.
 * @module
 */
import { MasterKeyError } from '../../secrets/master-key.ts';
import type { MasterKey } from '../../secrets/master-key.ts';
import type { ObjectPlace } from './keyring.ts';

const KEY_BYTES = 32;

/**
 * @param kind what the wrapping key is, so that boxes of one kind are none of another
 * @returns base64
 */
export function sealBox(
  under: MasterKey,
  dataKey: Uint8Array,
  kind: string,
  place: ObjectPlace,
): string {
  return under.wrap(dataKey, contextOf(kind, place)).toString('base64');
}

/** Undefined where the box is another's, another place's, or damaged: it does not say which. */
export function openBox(
  under: MasterKey,
  box: string,
  kind: string,
  place: ObjectPlace,
): Uint8Array | undefined {
  try {
    const bytes = under.unwrap(Buffer.from(box, 'base64'), contextOf(kind, place));
    return bytes.length === KEY_BYTES ? bytes : undefined;
  } catch (error) {
    if (error instanceof MasterKeyError) return undefined;
    throw error;
  }
}

/** Buckets have no slash in their names: no two places have the same text. */
function contextOf(kind: string, place: ObjectPlace): string {
  return `cybs3 object key ${kind} ${place.bucket}/${place.key}`;
}
