/**
 * What happens to a name that is already there.
 * @module
 */
import type { BigIntStats } from 'node:fs';
import type { Entry } from '../../format/entry.ts';
import { EntryType } from '../../format/entry.ts';

export type OverwriteMode = 'always' | 'if-changed' | 'if-newer' | 'never';
export const OVERWRITE_MODES: readonly OverwriteMode[] = [
  'always',
  'if-changed',
  'if-newer',
  'never',
];

const NANOSECONDS = 1_000_000_000n;

/** An entry's modification time in nanoseconds. */
export function mtimeOf(entry: Entry): bigint {
  return BigInt(entry.mtimeSec) * NANOSECONDS + BigInt(entry.mtimeNs);
}

/**
 * True where the same kind of thing with the same size and modification time is there: the test by
 * which `if-changed` and a resumed restore know a finished file. A time that lost its nanoseconds
 * to a file system that keeps fewer digits counts as equal.
 */
export function looksUnchanged(entry: Entry, existing: BigIntStats): boolean {
  if (typeOf(existing) !== entry.type) return false;
  if (entry.type !== EntryType.file) return false;
  if (existing.size !== BigInt(entry.size)) return false;
  const wanted = mtimeOf(entry);
  return existing.mtimeNs === wanted || existing.mtimeNs === wanted - (wanted % 1000n);
}

/**
 * True where `mode` says to leave what exists under an entry's name alone. Folders are merged
 * instead.
 */
export function keepsExisting(mode: OverwriteMode, entry: Entry, existing: BigIntStats): boolean {
  switch (mode) {
    case 'always':
      return false;
    case 'never':
      return true;
    case 'if-newer':
      return existing.mtimeNs >= mtimeOf(entry);
    case 'if-changed':
      return looksUnchanged(entry, existing);
  }
}

/** The entry type of what is there; `undefined` for what no entry can be. */
export function typeOf(stats: BigIntStats): EntryType | undefined {
  if (stats.isFile()) return EntryType.file;
  if (stats.isDirectory()) return EntryType.directory;
  if (stats.isSymbolicLink()) return EntryType.symlink;
  if (stats.isFIFO()) return EntryType.fifo;
  if (stats.isSocket()) return EntryType.socket;
  if (stats.isCharacterDevice()) return EntryType.charDevice;
  if (stats.isBlockDevice()) return EntryType.blockDevice;
  return undefined;
}
