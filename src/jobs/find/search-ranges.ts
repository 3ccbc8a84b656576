/**
 * Where in a manifest matches of patterns can be: a pattern such as `/home/me/*.txt` needs no more than one folder.
 * @module
 */
import type { PathRange } from '../../vault/manifest/manifest-reader.ts';
import { subtreeRange } from '../../vault/manifest/manifest-reader.ts';

/** What a glob has and a plain name has not. */
const SPECIAL = /[*?[\\]/;

/** @returns undefined where matches can be anywhere */
export function searchRanges(
  patterns: readonly string[],
  ignoreCase: boolean,
): PathRange[] | undefined {
  // What they take back is not looked for.
  const wanted = patterns.filter((pattern) => !pattern.startsWith('!'));
  const areAnchored = wanted.every((pattern) => pattern.startsWith('/'));
  if (ignoreCase || wanted.length === 0 || !areAnchored) return undefined;
  return wanted.map((pattern) => subtreeRange(plainStart(pattern)));
}

function plainStart(pattern: string): Uint8Array {
  const names = pattern.split('/').filter((name) => name !== '' && name !== '.');
  const end = names.findIndex((name) => SPECIAL.test(name));
  return Buffer.from(names.slice(0, end < 0 ? names.length : end).join('\0'));
}
