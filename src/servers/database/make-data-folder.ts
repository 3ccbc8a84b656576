/**
 * The folder of a server's data: for its owner only.
 * @module
 */
import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { AppError, messageOf } from '../../base/failure.ts';

/**
 * Makes it (0700) where there is none, and closes it to others where it is open to them.
 * @throws AppError `serve/config`
 */
export function makeDataFolder(folder: string): void {
  try {
    if (!existsSync(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
    // A file system without modes leaves it as it is.
    if ((statSync(folder).mode & 0o077) !== 0) chmodSync(folder, 0o700);
  } catch (cause) {
    throw new AppError('serve/config', `cannot use ${folder}: ${messageOf(cause)}`, { cause });
  }
}
