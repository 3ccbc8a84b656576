/**
 * What an error of the disk means for who asked.
 * @module
 */
import { systemCode } from '../../../base/failure.ts';
import { S3Error } from '../protocol/s3-error.ts';

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** What to throw: `InsufficientStorage` where the disk is full; all else as it is. */
export function diskFailure(error: unknown): unknown {
  return isDiskFull(error) ? noRoom(error) : error;
}

export function isDiskFull(error: unknown): boolean {
  return FULL.has(systemCode(error));
}

export function noRoom(cause?: unknown): S3Error {
  return new S3Error('InsufficientStorage', 'There is no room left', { cause });
}
