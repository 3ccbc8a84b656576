/**
 * Limit, Marker, NextMarker and Truncated.
 * @module
 */
import { asBuffer, tryUtf8 } from '../../../../base/bytes.ts';
import type { Page, PageWish } from '../../keys/page.ts';
import { KmsError } from '../../kms-error.ts';
import type { Members } from './members.ts';

/** What most lists have. */
const USUAL = { max: 1000, standard: 100 };

const MARKER = { min: 1, max: 1024 };

/**
 * @param list names the list that the marker has to be of
 * @throws KmsError `InvalidMarkerException`, `ValidationException`
 */
export function readPageWish(members: Members, list: string, sizes = USUAL): PageWish {
  const limit = members.number('Limit', { min: 1, max: sizes.max }) ?? sizes.standard;
  const marker = members.text('Marker', MARKER);
  return { limit, after: marker === undefined ? undefined : readMarker(marker, list) };
}

/** The members of the answer that say whether there is more. */
export function pageMembers(page: Page<unknown>, list: string): Record<string, unknown> {
  if (page.next === undefined) return { Truncated: false };
  return { Truncated: true, NextMarker: Buffer.from(`${list} ${page.next}`).toString('base64url') };
}

function readMarker(marker: string, list: string): string {
  const bytes = Buffer.from(marker, 'base64url');
  const text = tryUtf8(bytes);
  const isOurs = asBuffer(bytes).toString('base64url') === marker;
  if (!isOurs || text?.startsWith(`${list} `) !== true) throw invalidMarker();
  return text.slice(list.length + 1);
}

export function invalidMarker(): KmsError {
  return new KmsError('InvalidMarkerException', 'the marker is not of this list');
}
