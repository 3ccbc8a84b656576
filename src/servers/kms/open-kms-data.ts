/**
 * The data folder of a KMS: `kms.db` with keys and access keys, `lock.db`, and the audit log unless it lies
 * elsewhere.
 * @module
 */
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { makeDataFolder } from '../database/make-data-folder.ts';
import { openDatabase } from '../database/open-database.ts';
import { proveMasterKey, type MasterKey } from '../secrets/master-key.ts';
import { ACCESS_KEY_TABLES } from './access/access-key-tables.ts';
import { KEY_TABLES } from './keys/key-tables.ts';

/** Only ever appended to. */
const MIGRATIONS = [KEY_TABLES, ACCESS_KEY_TABLES];

const PROOF = 'master-key-proof';

/**
 * Opens the database, beside a running server, too. Makes the folder (0700) where there is none. The caller
 * closes the database.
 * @throws AppError `serve/master-key` for another master key than the first; `serve/config`, `serve/busy`,
 * `serve/damaged` as `openDatabase`
 */
export function openKmsData(folder: string, master: MasterKey): DatabaseSync {
  makeDataFolder(folder);
  const db = openDatabase(join(folder, 'kms.db'), MIGRATIONS);
  try {
    const read = db.prepare('SELECT value FROM kms_setting WHERE name = ?');
    const write = db.prepare('INSERT OR IGNORE INTO kms_setting VALUES (?, ?)');
    const get = (): string | undefined => read.get(PROOF)?.['value']?.toString();
    proveMasterKey({ get, set: (value) => void write.run(PROOF, value) }, master);
    // Another process may have been first with a proof of its own: then it is that one that counts.
    proveMasterKey({ get, set: () => undefined }, master);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
