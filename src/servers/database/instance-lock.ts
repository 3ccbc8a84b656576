/**
 * One server for a data folder. The lock is one of the kernel's on a file, by way of SQLite, so that it ends
 * with its process however that ends.
 * @module
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '../../base/failure.ts';
import { databaseFailure, isDatabaseBusy } from './database-failure.ts';
import { closeSync, openSync } from 'node:fs';

const FILE = 'lock.db';

/**
 * @returns to be disposed of when the server has ended
 * @throws AppError `serve/busy` where another process, or this one, serves the folder
 */
export function holdInstanceLock(folder: string): Disposable {
  const file = join(folder, FILE);
  let db: DatabaseSync | undefined;
  try {
    closeSync(openSync(file, 'a', 0o600));
    db = new DatabaseSync(file, { timeout: 0 });
    db.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    db?.close();
    if (!isDatabaseBusy(error)) throw databaseFailure(file, error);
    throw new AppError('serve/busy', `another server is running on ${folder}`, {
      hint: 'stop it, or give this one a folder of its own',
      cause: error,
    });
  }
  const held = db;
  return {
    [Symbol.dispose]: () => {
      if (held.isOpen) held.close();
    },
  };
}
