/**
 * What SQLite's errors mean here.
 * @module
 */
import { AppError } from '../../base/failure.ts';
import type { FailureCode } from '../../base/failure.ts';

/** Result codes of SQLite, as in its documentation, "Result and Error Codes". */
const BUSY = 5;
const LOCKED = 6;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const NOT_A_DATABASE = 26;

/** The primary result code of an error of SQLite; undefined for any other error. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

/** There is no room for what was to be written. */
export function isDatabaseFull(error: unknown): boolean {
  return sqliteCode(error) === FULL;
}

/** Another process holds what is needed. */
export function isDatabaseBusy(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === BUSY || code === LOCKED;
}

/** The stored bytes are no sound database. */
export function isDatabaseDamaged(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === CORRUPT || code === NOT_A_DATABASE;
}

/** What to throw for `error` while a database is opened; failures of ours stay as they are. */
export function databaseFailure(file: string, error: unknown): unknown {
  if (error instanceof AppError) return error;
  const [code, what] = meaningOf(error);
  return new AppError(code, `${file} ${what}`, { cause: error });
}

function meaningOf(error: unknown): readonly [FailureCode, string] {
  if (isDatabaseDamaged(error)) return ['serve/damaged', 'is damaged: it is no sound database'];
  if (isDatabaseBusy(error)) return ['serve/busy', 'is in use by another process'];
  if (isDatabaseFull(error)) return ['serve/config', 'cannot be written: the disk is full'];
  if (sqliteCode(error) === IO_ERROR) return ['serve/config', 'cannot be read or written'];
  return ['serve/config', 'cannot be opened'];
}
