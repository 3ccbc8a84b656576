/**
 * The tables of the catalog, as migrations: what is there is only ever appended to.
 *
 * Keys are bytes of UTF-8 compared as memcmp does, which is S3's order. What is never searched for is one column of
 * JSON. Extents are packed (`pack-extents.ts`); those in files have a row each in `files`, so that a file that nobody
 * names can be told from one that somebody does. `garbage` is what nobody names any more and what is still there.
 * @module
 */

export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE settings (
     name TEXT PRIMARY KEY,
     value TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE buckets (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     name TEXT NOT NULL UNIQUE,
     created_ms INTEGER NOT NULL,
     owner TEXT NOT NULL,
     settings TEXT NOT NULL
   ) STRICT;

   -- Newest first within a key, as listings want it.
   CREATE TABLE versions (
     bucket INTEGER NOT NULL REFERENCES buckets(id),
     key BLOB NOT NULL,
     sequence INTEGER NOT NULL,
     version_id TEXT NOT NULL,
     is_latest INTEGER NOT NULL,
     is_marker INTEGER NOT NULL,
     modified_ms INTEGER NOT NULL,
     owner TEXT NOT NULL,
     size_bytes INTEGER NOT NULL,
     etag TEXT NOT NULL,
     details TEXT NOT NULL,
     extents BLOB NOT NULL,
     parts TEXT,
     PRIMARY KEY (bucket, key, sequence DESC)
   ) STRICT, WITHOUT ROWID;

   CREATE INDEX current ON versions (bucket, key) WHERE is_latest = 1 AND is_marker = 0;
   CREATE UNIQUE INDEX named ON versions (version_id) WHERE version_id <> 'null';
   -- The null version of a key is its latest, or else it is here.
   CREATE INDEX buried ON versions (bucket, key) WHERE version_id = 'null' AND is_latest = 0;

   CREATE TABLE uploads (
     id TEXT PRIMARY KEY,
     bucket INTEGER NOT NULL REFERENCES buckets(id),
     key BLOB NOT NULL,
     started_ms INTEGER NOT NULL,
     owner TEXT NOT NULL,
     details TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;

   CREATE UNIQUE INDEX begun ON uploads (bucket, key, started_ms, id);

   CREATE TABLE parts (
     upload TEXT NOT NULL REFERENCES uploads(id),
     number INTEGER NOT NULL,
     size_bytes INTEGER NOT NULL,
     etag TEXT NOT NULL,
     checksum TEXT,
     modified_ms INTEGER NOT NULL,
     extent BLOB NOT NULL,
     PRIMARY KEY (upload, number)
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE files (
     id BLOB PRIMARY KEY
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE inline (
     id BLOB PRIMARY KEY,
     bytes BLOB NOT NULL
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE garbage (
     id BLOB PRIMARY KEY,
     is_inline INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,

  // To find a row in a table without rowid, SQLite reads all of each row that it passes: what is long is elsewhere now.
  `CREATE TABLE assembled (
     sequence INTEGER PRIMARY KEY,
     extents BLOB NOT NULL,
     parts TEXT NOT NULL
   ) STRICT;
   INSERT INTO assembled SELECT sequence, extents, parts FROM versions WHERE parts IS NOT NULL;

   ALTER TABLE versions ADD COLUMN is_assembled INTEGER NOT NULL DEFAULT 0;
   UPDATE versions SET is_assembled = 1, extents = x'' WHERE parts IS NOT NULL;
   ALTER TABLE versions DROP COLUMN parts;

   ALTER TABLE inline RENAME TO inline_of_1;
   CREATE TABLE inline (
     id BLOB PRIMARY KEY,
     bytes BLOB NOT NULL
   ) STRICT;
   INSERT INTO inline SELECT id, bytes FROM inline_of_1;
   DROP TABLE inline_of_1;`,
];
