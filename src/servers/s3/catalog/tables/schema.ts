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

   -- Newest first within a key, as listings want it. The long columns come last: what does not
   -- ask for them does not read their pages.
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
];
