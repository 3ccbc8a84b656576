/**
 * Reading a stretch of a file.
 * @module
 */
import { readSync } from 'node:fs';
import { AppError } from '../../base/failure.ts';
import { describeErrno, type ReadFailure } from '../errno.ts';

/**
 * Fills `target` from `position` in the file on. Returns how many bytes there were: less than asked
 * for only at the end of the file.
 * @throws AppError `files/read` (`detail.reason` is `unreadable`), for example for a bad sector
 */
export function readFully(fd: number, target: Uint8Array, position: number): number {
  let done = 0;
  while (done < target.length) {
    let count: number;
    try {
      count = readSync(fd, target, done, target.length - done, position + done);
    } catch (cause) {
      const reason: ReadFailure = 'unreadable';
      throw new AppError('files/read', describeErrno(cause), { cause, detail: { reason } });
    }
    if (count === 0) break;
    done += count;
  }
  return done;
}
