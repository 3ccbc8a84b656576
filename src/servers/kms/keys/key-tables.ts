/**
 * The tables of keys. The first step of the KMS's database; what stands beside them (access keys) has
 * steps of its own after it.
 * @module
 */

/**
 * SQL for `openDatabase`. `deletion_ms` and `next_rotation_ms` are what is due when; `box` is the key
 * material wrapped by the master key; a version without `rotation` is the first.
 */
export const KEY_TABLES = `
  CREATE TABLE kms_key (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    spec TEXT NOT NULL,
    is_enabled INTEGER NOT NULL,
    description TEXT NOT NULL,
    policy TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    deletion_ms INTEGER,
    deletion_days INTEGER,
    version INTEGER NOT NULL,
    rotation_days INTEGER,
    next_rotation_ms INTEGER
  ) STRICT;
  CREATE INDEX kms_key_deletion ON kms_key (deletion_ms) WHERE deletion_ms IS NOT NULL;
  CREATE INDEX kms_key_rotation ON kms_key (next_rotation_ms) WHERE next_rotation_ms IS NOT NULL;

  CREATE TABLE kms_key_version (
    key_id TEXT NOT NULL REFERENCES kms_key (id),
    version INTEGER NOT NULL,
    box BLOB NOT NULL,
    created_ms INTEGER NOT NULL,
    rotation TEXT,
    PRIMARY KEY (key_id, version)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE kms_alias (
    name TEXT PRIMARY KEY,
    key_id TEXT NOT NULL REFERENCES kms_key (id),
    created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX kms_alias_key ON kms_alias (key_id, name);

  CREATE TABLE kms_tag (
    key_id TEXT NOT NULL REFERENCES kms_key (id),
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (key_id, name)
  ) STRICT, WITHOUT ROWID;
`;
