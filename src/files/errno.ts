/**
 * What a failed system call says, in plain words and as a stable reason.
 * @module
 */
import { messageOf, systemCode } from '../base/failure.ts';

/** Why a path could not be read, for scripts (`FileProblem.reason`). */
export type ReadFailure = 'unreadable' | 'vanished' | 'changed' | 'unsupported';

const MESSAGES: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'the operation is not permitted',
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of the path is not a folder',
  ELOOP: 'a symbolic link stands where a file or folder was',
  EIO: 'the disk reported an input/output error',
  ENAMETOOLONG: 'the path is too long for this system',
  EMFILE: 'too many files are open in this process',
  ENFILE: 'too many files are open on this machine',
  EBUSY: 'the file is in use',
  ESTALE: 'the network file system lost the file',
  ENXIO: 'there is no device behind it',
  ENODEV: 'there is no device behind it',
  EOPNOTSUPP: 'the file system does not support it',
  ENOTSUP: 'the file system does not support it',
};

/** A sentence without the path: callers put that in its own field. */
export function describeErrno(error: unknown): string {
  const code = systemCode(error);
  return MESSAGES[code] ?? (code === '' ? messageOf(error) : `the system reports ${code}`);
}

/** True where the path itself is gone by now. */
export function isGone(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}
