/**
 * Opens a SQLite file so that what is committed survives a loss of power, and brings its tables up to date.
 * @module
 */
import { closeSync, existsSync, fchmodSync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '../../base/failure.ts';
import { databaseFailure } from './database-failure.ts';

/** How long to wait for another process, such as one that adds an access key. Blocks this one. */
const BUSY_TIMEOUT_MS = 5000;
const FILE_MODE = 0o600;
/** The log is cut to this after it was worked off. */
const LOG_BYTES_MAX = 64 * 1024 * 1024;

const OPTIONS = {
  timeout: BUSY_TIMEOUT_MS,
  enableForeignKeyConstraints: true,
  enableDoubleQuotedStringLiterals: false,
  allowExtension: false,
};

/**
 * Makes the file, readable by its owner only, where there is none.
 * @param migrations SQL that leads from each version to the next, beginning with an empty file; only ever appended to
 * @throws AppError `serve/config` where a newer program wrote the file or it cannot be opened,
 * `serve/damaged` where it is no sound database, `serve/busy` where another process does not let go of it
 */
export function openDatabase(file: string, migrations: readonly string[]): DatabaseSync {
  try {
    makePrivate(file);
    const db = new DatabaseSync(file, OPTIONS);
    try {
      setUp(db);
      migrate(db, file, migrations);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    throw databaseFailure(file, error);
  }
}

/**
 * Opens it for looking only, also beside a running server.
 * @param version as many as there are migrations
 * @throws AppError as `openDatabase`; `serve/config` also where there is no file, or an older one
 */
export function openReadonly(file: string, version: number): DatabaseSync {
  if (!existsSync(file)) throw new AppError('serve/config', `there is no ${file}`);
  try {
    const db = new DatabaseSync(file, { ...OPTIONS, readOnly: true });
    try {
      assertKnown(file, versionOf(db), version);
      if (versionOf(db) === version) return db;
      throw new AppError('serve/config', `${file} was written by an older program`, {
        hint: 'start the server once to bring it up to date',
      });
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    throw databaseFailure(file, error);
  }
}

/** Before SQLite makes it: the files beside it get the same mode. */
function makePrivate(file: string): void {
  const isNew = !existsSync(file);
  const descriptor = openSync(file, 'a', FILE_MODE);
  try {
    fchmodSync(descriptor, FILE_MODE);
  } finally {
    closeSync(descriptor);
  }
  if (isNew) syncFolder(dirname(file));
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** What is deleted is overwritten, in the pages that it leaves and in free ones. */
function setUp(db: DatabaseSync): void {
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;
    PRAGMA checkpoint_fullfsync = ON;
    PRAGMA journal_size_limit = ${LOG_BYTES_MAX};
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
    PRAGMA secure_delete = ON;
  `);
}

function migrate(db: DatabaseSync, file: string, migrations: readonly string[]): void {
  const newest = migrations.length;
  assertKnown(file, versionOf(db), newest);
  if (versionOf(db) === newest) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    // Asked again: another process may have done it in the meantime.
    for (const sql of migrations.slice(versionOf(db))) db.exec(sql);
    db.exec(`PRAGMA user_version = ${newest}`);
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

function versionOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
}

function assertKnown(file: string, version: number, newest: number): void {
  if (version <= newest && version >= 0) return;
  throw new AppError('serve/config', `${file} was written by a newer program`, {
    hint: 'use the version of cybs3 that wrote it, or a newer one',
    detail: { version, newestKnown: newest },
  });
}
