/**
 * One folder under way in a walk: its names still to be visited, and how to reach them.
 * @module
 */
import { closeSync, readdirSync } from 'node:fs';
import { tryUtf8 } from '../../base/bytes.ts';
import type { PathKey } from '../../format/entry.ts';
import { nativePathStyle } from '../path.ts';
import { canHoldFolders, holdFolder, LONG_PATH_BYTES } from '../read/deep-path.ts';
import type { IgnoreRules } from './ignore-rules.ts';
import type { RootRange, RootStep } from './root-list.ts';
import type { WalkItem } from './walk-item.ts';

const SEPARATOR = Buffer.from(nativePathStyle === 'windows' ? '\\' : '/');
const ZERO = Buffer.alloc(1);
// oxlint-disable-next-line no-control-regex
const ASCII_ONLY = /^[\0-\x7f]*$/;

/** Where a folder is: three spellings of one place, each ready to have a name appended. */
export interface FolderPlace {
  /** Its key and a zero byte; empty for the root folder. */
  readonly keyPrefix: Buffer;
  /** Its path and a separator. */
  readonly osPrefix: Buffer;
  /** The same for system calls of this thread: `osPrefix`, or a short way through `fd`. */
  readonly accessPrefix: Buffer;
  /** `accessPrefix` as a string; `undefined` where it is not UTF-8. */
  readonly accessText: string | undefined;
  /** Kept open as long as `accessPrefix` is in use. */
  readonly fd: number | undefined;
}

export interface FolderFrame {
  readonly place: FolderPlace;
  /** Bytes as latin1, sorted: a string takes a third of the memory of a Buffer, and sorts alike. */
  readonly names: readonly string[];
  next: number;
  /** Set in folders above the roots: only these are visited, one for each name. */
  readonly steps: readonly RootStep[] | undefined;
  /** Roots nested in this folder, which a walk that takes everything meets anyway. */
  readonly nested: RootRange;
  /** The device a walk of one file system stays on. */
  readonly device: bigint;
  readonly ignoreRules: IgnoreRules | undefined;
  /** The folder's own item while it is not known whether anything inside is wanted. */
  pending: WalkItem | undefined;
}

/** The root folder: `/`, or on Windows the nameless place that holds the drives. */
export function rootPlace(): FolderPlace {
  const prefix = nativePathStyle === 'windows' ? Buffer.alloc(0) : SEPARATOR;
  return {
    keyPrefix: Buffer.alloc(0),
    osPrefix: prefix,
    accessPrefix: prefix,
    accessText: prefix.toString(),
    fd: undefined,
  };
}

/**
 * The place of the folder `name` in `parent`. It is held open where its path grows too long for
 * system calls, and where `needsText` and it is not UTF-8.
 * @throws Error with the errno of opening it
 */
export function childPlace(parent: FolderPlace, name: string, needsText: boolean): FolderPlace {
  const access = Buffer.concat([appendName(parent.accessPrefix, name), SEPARATOR]);
  const isShared = parent.accessPrefix === parent.osPrefix;
  const osPrefix = isShared
    ? access
    : Buffer.concat([appendName(parent.osPrefix, name), SEPARATOR]);
  const keyPrefix = Buffer.concat([appendName(parent.keyPrefix, name), ZERO]);
  const text = needsText ? tryUtf8(access) : undefined;
  const isAwkward = access.length > LONG_PATH_BYTES || (needsText && text === undefined);
  if (!isAwkward || !canHoldFolders) {
    return { keyPrefix, osPrefix, accessPrefix: access, accessText: text, fd: undefined };
  }
  const held = holdFolder(access.subarray(0, -1));
  const accessPrefix = Buffer.concat([held.path, SEPARATOR]);
  const accessText = accessPrefix.toString();
  return { keyPrefix, osPrefix, accessPrefix, accessText, fd: held.fd };
}

/** The sorted names in a folder, as latin1. */
export function readNames(place: FolderPlace): string[] {
  return readdirSync(place.accessPrefix, { encoding: 'latin1' }).sort();
}

/** A prefix and a name in one fresh buffer. */
export function appendName(prefix: Buffer, name: string): Buffer {
  const length = prefix.length;
  const path = Buffer.allocUnsafe(length + name.length);
  path.set(prefix);
  path.write(name, length, 'latin1');
  return path;
}

/** The path of `name` in `place` for system calls, as a string; `undefined` where it is not UTF-8. */
export function textPath(place: FolderPlace, name: string): string | undefined {
  if (place.accessText === undefined) return undefined;
  if (ASCII_ONLY.test(name)) return place.accessText + name;
  const text = tryUtf8(Buffer.from(name, 'latin1'));
  return text === undefined ? undefined : place.accessText + text;
}

/** The key of the folder itself: a view. */
export function folderKey(place: FolderPlace): PathKey {
  return place.keyPrefix.subarray(0, Math.max(0, place.keyPrefix.length - 1));
}

export function releasePlace(place: FolderPlace): void {
  if (place.fd !== undefined) closeSync(place.fd);
}
