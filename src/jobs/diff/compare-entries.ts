/**
 * In what two entries at one path differ.
 *
 * Not looked at is what a restore does not bring back: inode, device, change time, the number of links, and
 * whether there were holes.
 * @module
 */
import { compareBytes } from '../../base/bytes.ts';
import type { Entry, Xattr } from '../../format/entry.ts';

/** Metadata by the names that people know. The words are for scripts: they stay. */
export type EntryField = 'mode' | 'owner' | 'group' | 'mtime' | 'xattrs';

export interface EntryDifference {
  /** `type` and `content` are stronger than `metadata`: the fields may differ as well. */
  readonly kind: 'none' | 'metadata' | 'content' | 'type';
  readonly fields: readonly EntryField[];
  /** The content differs, but size, modification and change time are the same. */
  readonly isSilent: boolean;
}

const SAME: EntryDifference = { kind: 'none', fields: [], isSilent: false };

export function compareEntries(before: Entry, after: Entry): EntryDifference {
  const fields = differingFields(before, after);
  if (before.type !== after.type) return { kind: 'type', fields, isSilent: false };
  if (hasOtherContent(before, after)) {
    return { kind: 'content', fields, isSilent: hasSameTimes(before, after) };
  }
  return fields.length === 0 ? SAME : { kind: 'metadata', fields, isSilent: false };
}

/** A file's chunks, a link's target, a device's number. */
function hasOtherContent(a: Entry, b: Entry): boolean {
  return (
    a.size !== b.size ||
    a.contentDepth !== b.contentDepth ||
    compareBytes(a.content, b.content) !== 0 ||
    compareBytes(a.target, b.target) !== 0 ||
    a.rdevMajor !== b.rdevMajor ||
    a.rdevMinor !== b.rdevMinor
  );
}

function hasSameTimes(a: Entry, b: Entry): boolean {
  const isSameMtime = a.mtimeSec === b.mtimeSec && a.mtimeNs === b.mtimeNs;
  return isSameMtime && a.ctimeSec === b.ctimeSec && a.ctimeNs === b.ctimeNs && a.size === b.size;
}

function differingFields(a: Entry, b: Entry): EntryField[] {
  const fields: EntryField[] = [];
  if (a.mode !== b.mode) fields.push('mode');
  if (a.uid !== b.uid || a.user !== b.user) fields.push('owner');
  if (a.gid !== b.gid || a.group !== b.group) fields.push('group');
  if (a.mtimeSec !== b.mtimeSec || a.mtimeNs !== b.mtimeNs) fields.push('mtime');
  if (!areSameXattrs(a.xattrs, b.xattrs)) fields.push('xattrs');
  return fields;
}

/** In whatever order they were read. */
function areSameXattrs(a: readonly Xattr[], b: readonly Xattr[]): boolean {
  if (a.length !== b.length) return false;
  return a.every(({ name, value }) =>
    b.some((one) => compareBytes(one.name, name) === 0 && compareBytes(one.value, value) === 0),
  );
}
