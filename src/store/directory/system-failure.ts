/**
 * What an error of the operating system means for a store in a directory.
 * @module
 */
import { AppError, systemCode } from '../../base/failure.ts';
import type { FailureCode, FailureOptions } from '../../base/failure.ts';

interface Meaning {
  readonly code: FailureCode;
  readonly hint?: string;
  readonly retry?: 'soon';
}

const full: Meaning = { code: 'store/full', hint: 'free some space there, then run it again' };
const denied: Meaning = {
  code: 'store/denied',
  hint: 'check who owns the directory and whether it is mounted read-only',
};
const shaky: Meaning = { code: 'store/unavailable', retry: 'soon' };
const strange: Meaning = { code: 'store/rejected' };

const meanings: Readonly<Record<string, Meaning>> = {
  ENOENT: { code: 'store/not-found' },
  EEXIST: { code: 'store/exists' },
  ENOSPC: full,
  EDQUOT: full,
  EFBIG: full,
  EACCES: denied,
  EPERM: denied,
  EROFS: denied,
  ELOOP: strange,
  ENOTDIR: strange,
  EISDIR: strange,
  ENAMETOOLONG: strange,
};

/**
 * Wraps an error of the file system; an `AppError` passes through unchanged.
 * @param doing what was being done, to what: `write data/ab/… in /backup`
 */
export function systemFailure(error: unknown, doing: string): AppError {
  if (error instanceof AppError) return error;
  const code = systemCode(error);
  const meaning = code === '' ? strange : (meanings[code] ?? shaky);
  const options: FailureOptions = {
    cause: error,
    ...(meaning.hint !== undefined && { hint: meaning.hint }),
    ...(meaning.retry && { retry: meaning.retry }),
    ...(code !== '' && { detail: { systemError: code } }),
  };
  return new AppError(meaning.code, `could not ${doing}: ${reason(error, code)}`, options);
}

function reason(error: unknown, code: string): string {
  if (!(error instanceof Error)) return String(error);
  const text = /^[A-Z0-9]+: ([^,]+)/.exec(error.message)?.[1];
  return text === undefined ? error.message : `${text} (${code})`;
}
