/**
 * What an error of the disk means for who asked.
 * @module
 */
import { S3Error } from '../protocol/s3-error.ts';

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** What to throw: `InsufficientStorage` where the disk is full; all else as it is. */
export function diskFailure(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  if (typeof error.code !== 'string' || !FULL.has(error.code)) return error;
  return noRoom(error);
}

export function noRoom(cause?: unknown): S3Error {
  return new S3Error('InsufficientStorage', 'There is no room left', { cause });
}
