/**
 * The tables of access keys, and of what the server knows of itself.
 * @module
 */

/**
 * SQL for `openDatabase`, after the tables of keys. `box` is the secret wrapped by the master key;
 * `operations` and `key_ids` are lists in JSON, `[]` for all.
 */
export const ACCESS_KEY_TABLES = `
  CREATE TABLE kms_access_key (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    box BLOB NOT NULL,
    operations TEXT NOT NULL,
    key_ids TEXT NOT NULL,
    created_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE kms_setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`;
