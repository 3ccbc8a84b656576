/**
 * Keys rolled up into the folder that a delimiter makes of them.
 * Source: AWS, "Organizing objects using prefixes" and ListObjectsV2.
 * @module
 */
import type { KeyRange } from '../catalog/catalog.ts';

/** What keys are looked at, and how they are rolled up. */
export interface Grouping {
  readonly prefix: string;
  /** Of any length; empty: nothing is rolled up. */
  readonly delimiter: string;
}

/** `key` up to and with the first delimiter after the prefix. Undefined: it stands for itself. */
export function commonPrefixOf(key: string, { prefix, delimiter }: Grouping): string | undefined {
  if (delimiter === '' || !key.startsWith(prefix)) return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at === -1 ? undefined : key.slice(0, at + delimiter.length);
}

/**
 * Where a listing goes on after `marker`, a key or a common prefix.
 *
 * A marker inside a common prefix leaves all of that out: AWS lists common prefixes only where they are
 * greater than the marker, and this one is not.
 */
export function rangeAfter(marker: string, grouping: Grouping): KeyRange {
  const passed = commonPrefixOf(marker, grouping);
  const { prefix } = grouping;
  return passed === undefined
    ? { prefix, after: marker }
    : { prefix, fromBytes: behindAll(passed) };
}

/** The first bytes that come after every key that starts with `start`, which is not empty. */
export function behindAll(start: string): Buffer {
  const bytes = Buffer.from(start);
  const last = bytes.length - 1;
  // No byte of UTF-8 is 0xff, hence nothing carries over.
  bytes[last] = (bytes[last] ?? 0) + 1;
  return bytes;
}
