/**
 * The grammar of object keys and prefixes, checked by every store before anything else happens.
 * @module
 */
import { AppError } from '../base/failure.ts';

/** Longest key in bytes: S3 allows 1024 with the vault's own prefix in front. */
export const MAX_KEY_BYTES = 512;

const component = /^[A-Za-z0-9._-]+$/;

/** Names that begin so are unfinished work of the directory store, never objects. */
export const TEMPORARY_PREFIX = '.tmp-';

function isComponent(part: string): boolean {
  return (
    component.test(part) && part !== '.' && part !== '..' && !part.startsWith(TEMPORARY_PREFIX)
  );
}

function isRelativePath(text: string): boolean {
  if (text.length > MAX_KEY_BYTES) return false;
  return text.split('/').every(isComponent);
}

/**
 * Passes a key through that is slash-separated `[A-Za-z0-9._-]` components, none of them `.` or
 * `..`.
 * @throws AppError `store/rejected`
 */
export function checkedKey(key: string): string {
  if (isRelativePath(key)) return key;
  throw new AppError('store/rejected', `not a valid object key: ${JSON.stringify(key)}`);
}

/**
 * Passes a prefix through that is empty, or a key followed by a slash.
 * @throws AppError `store/rejected`
 */
export function checkedPrefix(prefix: string): string {
  if (prefix === '' || (prefix.endsWith('/') && isRelativePath(prefix.slice(0, -1)))) return prefix;
  throw new AppError('store/rejected', `not a valid key prefix: ${JSON.stringify(prefix)}`);
}
