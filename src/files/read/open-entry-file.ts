/**
 * Opening a file that the walk has seen, without being led astray by what happened to it since.
 * @module
 */
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { userInfo } from 'node:os';
import { AppError, systemCode } from '../../base/failure.ts';
import type { Entry } from '../../format/entry.ts';
import { describeErrno, isGone, type ReadFailure } from '../errno.ts';
import { isSameVersion, versionOf } from './file-version.ts';
import type { FileVersion } from './file-version.ts';
import { withShortPath } from './deep-path.ts';

/** What of an entry tells whether a path still leads to the same file. */
export type KnownFile = Pick<Entry, 'device' | 'inode' | 'uid'>;

// A FIFO that took the file's place must not block us, nor a link lead elsewhere. Windows has
// neither flag.
const FLAGS =
  constants.O_RDONLY |
  ((constants.O_NOFOLLOW as number | undefined) ?? 0) |
  ((constants.O_NONBLOCK as number | undefined) ?? 0);
const O_NOATIME = (constants.O_NOATIME as number | undefined) ?? 0;

/** A file that is open for reading; `fd` is the caller's to close. */
export interface OpenedFile {
  readonly fd: number;
  /** As it was when it was opened. */
  readonly version: FileVersion;
}

/**
 * Opens a regular file for reading, however long its path is. With `known` the file must still be
 * that inode, and its access time is left alone where we may (as root, or as its owner).
 * @throws AppError `files/read`; `detail.reason` is a `ReadFailure`: `vanished`, `unreadable`, or
 *   `changed`
 */
export function openVersion(osPath: Buffer, known?: KnownFile): OpenedFile {
  let fd: number;
  try {
    fd = withShortPath(osPath, (path) => openQuietly(path, known));
  } catch (error) {
    const gone = isGone(error);
    const replaced = systemCode(error) === 'ELOOP' || systemCode(error) === 'ENXIO';
    throw readFailure(gone ? 'vanished' : replaced ? 'changed' : 'unreadable', error);
  }
  try {
    const stats = fstatSync(fd, { bigint: true });
    const isSame = !known || (stats.ino === known.inode && stats.dev === known.device);
    if (stats.isFile() && isSame) return { fd, version: versionOf(stats) };
  } catch (error) {
    closeSync(fd);
    throw readFailure('unreadable', error);
  }
  closeSync(fd);
  throw new AppError('files/read', 'another file took its place during the backup', {
    detail: { reason: 'changed' satisfies ReadFailure },
  });
}

/** As `openVersion`, for callers who need the file descriptor only. */
export function openEntryFile(osPath: Buffer, known?: KnownFile): number {
  return openVersion(osPath, known).fd;
}

/** The reason an error of this file carries. */
export function readFailureOf(error: unknown): ReadFailure {
  const reason = error instanceof AppError ? error.detail['reason'] : undefined;
  return reason === 'vanished' || reason === 'changed' ? reason : 'unreadable';
}

/** True where an open file is not the one that was seen: its size or times differ from `seen`. */
export function hasChanged(fd: number, seen: FileVersion): boolean {
  return !isSameVersion(versionOf(fstatSync(fd, { bigint: true })), seen);
}

function openQuietly(path: Buffer, known: KnownFile | undefined): number {
  if (!known || O_NOATIME === 0 || !mayHideAccess(known.uid)) return openSync(path, FLAGS);
  try {
    return openSync(path, FLAGS | O_NOATIME);
  } catch (error) {
    // Root of a user namespace may lack the right; a file of ours on NFS may belong to someone else
    // there.
    if (systemCode(error) !== 'EPERM') throw error;
    return openSync(path, FLAGS);
  }
}

let ownUid: number | undefined;

/** The kernel lets only the owner and root read without touching the access time. */
function mayHideAccess(uid: number): boolean {
  ownUid ??= readOwnUid();
  return ownUid === 0 || ownUid === uid;
}

function readOwnUid(): number {
  try {
    return userInfo().uid;
  } catch {
    return -1;
  }
}

function readFailure(reason: ReadFailure, cause: unknown): AppError {
  return new AppError('files/read', describeErrno(cause), { cause, detail: { reason } });
}
