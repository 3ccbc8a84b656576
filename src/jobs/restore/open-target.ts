/**
 * Opens the folder that is restored into.
 * @module
 */
import {
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { platform } from 'node:os';
import { resolve } from 'node:path';
import { AppError } from '../../base/failure.ts';
import { describeErrno } from '../../files/errno.ts';

export interface OpenTarget extends Disposable {
  readonly path: Buffer;
  /** -1 where it does not exist (with `dryRun`), or the platform does not open folders. */
  readonly fd: number;
  /** It was made just now. */
  readonly isFresh: boolean;
}

/**
 * Makes the target where it is missing, unless `dryRun`. Links in the path that was given are
 * followed: that is the user's own choice. What lies below is another matter.
 * @throws AppError `files/write`
 */
export function openTarget(target: string, dryRun: boolean): OpenTarget {
  const path = resolve(target);
  try {
    const existing = statSync(path, { throwIfNoEntry: false });
    if (existing && !existing.isDirectory())
      throw new AppError('files/write', `the target ${path} is not a folder`);
    if (!existing) {
      if (lstatSync(path, { throwIfNoEntry: false }))
        throw new AppError('files/write', `the target ${path} is a link to nowhere`);
      if (dryRun) return withHandle(Buffer.from(path), -1, true);
      mkdirSync(path, { recursive: true });
    }
    const real = realpathSync(path, { encoding: 'buffer' });
    const fd =
      platform() === 'win32' ? -1 : openSync(real, constants.O_RDONLY | constants.O_DIRECTORY);
    return withHandle(real, fd, !existing);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const message = `the target ${path} cannot be used: ${describeErrno(cause)}`;
    throw new AppError('files/write', message, { cause });
  }
}

function withHandle(path: Buffer, fd: number, isFresh: boolean): OpenTarget {
  return {
    path,
    fd,
    isFresh,
    [Symbol.dispose]: () => {
      if (fd >= 0) closeSync(fd);
    },
  };
}
