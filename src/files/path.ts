/**
 * Paths: between the operating system's names and the keys of a manifest.
 *
 * A `PathKey` is the components of an absolute path joined by one zero byte, without a leading one.
 * Zero sorts before every byte a name can hold, so comparing keys as bytes puts a folder right
 * before all that is inside it, and siblings in the order of their names. The root folder `/` is
 * the empty key.
 *
 * Names are bytes, never strings: on Linux they need not be UTF-8. On Windows they are UTF-8, the
 * drive is the first component (`C:`), and a network share `\\server\share` starts with `UNC`,
 * `server`, `share`.
 * @module
 */
import { sep } from 'node:path';
import { asBuffer } from '../base/bytes.ts';
import { AppError } from '../base/failure.ts';
import type { PathKey } from '../format/entry.ts';

export type PathStyle = 'posix' | 'windows';

/** The style of the machine this runs on. */
export const nativePathStyle: PathStyle = sep === '\\' ? 'windows' : 'posix';

/** The key of the root folder. */
export const ROOT_KEY: PathKey = Buffer.alloc(0);

const SLASH = 0x2f;
const BACKSLASH = 0x5c;

// eslint-disable-next-line no-control-regex
const UNSAFE_TO_SHOW = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
const UNSAFE_TO_SHOW_ALL = new RegExp(UNSAFE_TO_SHOW, 'g');

/**
 * The key of an absolute path. Empty and `.` components vanish, `..` is resolved by name alone (as
 * `path.resolve` does). The key is a fresh buffer.
 * @throws AppError `usage` where the path is not absolute or holds a zero byte
 */
export function toPathKey(path: Uint8Array, style: PathStyle = nativePathStyle): PathKey {
  const bytes = asBuffer(path);
  if (bytes.includes(0)) throw notUsable(bytes, 'holds a zero byte');
  const components = splitPath(bytes, style);
  if (style === 'posix') {
    if (bytes[0] !== SLASH) throw notUsable(bytes, 'is not absolute');
    return joinComponents(resolveDots(components, 0));
  }
  if (/^[\\/]{2}[^\\/]/.test(bytes.toString('latin1'))) {
    return joinComponents([Buffer.from('UNC'), ...resolveDots(components, 2)]);
  }
  const drive = components[0]?.toString('latin1') ?? '';
  if (!/^[a-z]:$/i.test(drive)) throw notUsable(bytes, 'does not start with a drive');
  return joinComponents([Buffer.from(drive.toUpperCase()), ...resolveDots(components.slice(1), 0)]);
}

/**
 * The absolute path of a key, as a fresh buffer. It trusts the components: keys from a snapshot are
 * checked by the restorer, name by name, before they meet the file system.
 */
export function fromPathKey(key: PathKey, style: PathStyle = nativePathStyle): Buffer {
  if (style === 'posix') return withSeparator(key, SLASH, 1);
  const path = withSeparator(key, BACKSLASH, 0);
  if (path.subarray(0, 4).toString('latin1') === 'UNC\\') {
    return Buffer.concat([Buffer.from('\\\\'), path.subarray(4)]);
  }
  return path.length === 2 ? Buffer.concat([path, Buffer.from('\\')]) : path;
}

/**
 * A key for people: `/`-joined, lossy UTF-8, with everything that could steer a terminal or hide
 * text (control characters, line separators, bidirectional marks) written as an escape.
 */
export function displayPath(key: PathKey): string {
  const text = withSeparator(key, SLASH, 1).toString('utf8');
  const shown = /^\/[A-Z]:(?:\/|$)/.test(text) ? text.slice(1) : text;
  return printable(shown);
}

/** `text` with the characters that `displayPath` escapes escaped. */
export function printable(text: string): string {
  return UNSAFE_TO_SHOW.test(text) ? text.replace(UNSAFE_TO_SHOW_ALL, escapeCharacter) : text;
}

/** Byte order, which is tree order: negative, zero or positive. */
export function comparePaths(a: PathKey, b: PathKey): number {
  return Buffer.compare(a, b);
}

/** True for `ancestor` itself and for everything below it. */
export function isInside(key: PathKey, ancestor: PathKey): boolean {
  const length = ancestor.length;
  if (length === 0) return true;
  if (key.length < length) return false;
  if (key.length > length && key[length] !== 0) return false;
  return asBuffer(key).compare(ancestor, 0, length, 0, length) === 0;
}

/** The key of the folder that holds `key` (a view), or `undefined` for the root. */
export function parentOf(key: PathKey): PathKey | undefined {
  if (key.length === 0) return undefined;
  return key.subarray(0, Math.max(0, key.lastIndexOf(0)));
}

/** The last component (a view); empty for the root. */
export function baseName(key: PathKey): Uint8Array {
  return key.subarray(key.lastIndexOf(0) + 1);
}

/** The components, outermost first, as views. */
export function componentsOf(key: PathKey): Uint8Array[] {
  if (key.length === 0) return [];
  const components: Uint8Array[] = [];
  let start = 0;
  for (let end = key.indexOf(0); end >= 0; end = key.indexOf(0, start)) {
    components.push(key.subarray(start, end));
    start = end + 1;
  }
  components.push(key.subarray(start));
  return components;
}

/** The key of the entry `name` in `folder`, as a fresh buffer. */
export function joinPath(folder: PathKey, name: Uint8Array): PathKey {
  if (folder.length === 0) return Buffer.from(name);
  const key = Buffer.allocUnsafe(folder.length + 1 + name.length);
  key.set(folder, 0);
  key[folder.length] = 0;
  key.set(name, folder.length + 1);
  return key;
}

function escapeCharacter(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  if (character === '\r') return '\\r';
  const code = character.charCodeAt(0);
  const hex = code.toString(16);
  return code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`;
}

function splitPath(bytes: Buffer, style: PathStyle): Buffer[] {
  const components: Buffer[] = [];
  let start = 0;
  for (let at = 0; at <= bytes.length; at++) {
    const isEnd = at === bytes.length;
    if (!isEnd && bytes[at] !== SLASH && !(style === 'windows' && bytes[at] === BACKSLASH))
      continue;
    if (at > start) components.push(bytes.subarray(start, at));
    start = at + 1;
  }
  return components;
}

/** Drops `.` and takes back one component at `..`, but never one of the first `fixed`. */
function resolveDots(components: readonly Buffer[], fixed: number): Buffer[] {
  const resolved: Buffer[] = [];
  for (const component of components) {
    const text = component.length <= 2 ? component.toString('latin1') : '';
    if (text === '.') continue;
    if (text !== '..') resolved.push(component);
    else if (resolved.length > fixed) resolved.pop();
  }
  return resolved;
}

function joinComponents(components: readonly Buffer[]): Buffer {
  let length = Math.max(0, components.length - 1);
  for (const component of components) length += component.length;
  const key = Buffer.alloc(length);
  let at = 0;
  for (const component of components) at += component.copy(key, at) + 1;
  return key;
}

function withSeparator(key: PathKey, separator: number, leading: 0 | 1): Buffer {
  const path = Buffer.allocUnsafe(key.length + leading);
  if (leading === 1) path[0] = separator;
  for (let i = 0; i < key.length; i++) {
    const byte = key[i] as number;
    path[i + leading] = byte === 0 ? separator : byte;
  }
  return path;
}

function notUsable(path: Buffer, why: string): AppError {
  return new AppError('usage', `the path '${printable(path.toString('utf8'))}' ${why}`, {
    hint: 'give an absolute path',
  });
}
