import { chmodSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { openDatabase, openReadonly } from '../../../src/servers/database/open-database.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = temporaryFolder();
let files = 0;
const fresh = (): string => join(folder, `${files++}.db`);
const first = 'CREATE TABLE a (x INTEGER PRIMARY KEY) STRICT';
const second = 'CREATE TABLE b (y TEXT REFERENCES a) STRICT; INSERT INTO a VALUES (1)';
const third = 'DROP TABLE b; INSERT INTO nowhere VALUES (1)';

const tablesOf = (db: DatabaseSync): unknown[] =>
  db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1")
    .all()
    .map((row) => row['name']);

describe('a database', () => {
  test('is made for its owner only, and set up to survive a loss of power', () => {
    const file = fresh();
    using db = openDatabase(file, [first]);
    db.exec('INSERT INTO a VALUES (7)');
    const pragma = (name: string): unknown => Object.values(db.prepare(`PRAGMA ${name}`).get()!)[0];
    expect(['journal_mode', 'synchronous', 'foreign_keys', 'busy_timeout'].map(pragma)).toEqual([
      'wal',
      2,
      1,
      5000,
    ]);
    for (const end of ['', '-wal', '-shm']) expect(statSync(file + end).mode & 0o777).toBe(0o600);
    chmodSync(file, 0o644);
    openDatabase(file, [first]).close();
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('keeps nothing of what was deleted from it', () => {
    const file = fresh();
    using db = openDatabase(file, ['CREATE TABLE a (x INTEGER PRIMARY KEY, y BLOB) STRICT']);
    const insert = db.prepare('INSERT INTO a VALUES (?, ?)');
    const secret = Buffer.from('what was deleted');
    for (let id = 0; id < 50; id++) {
      // Within a page, and over several.
      insert.run(id, Buffer.alloc(id % 2 === 0 ? 160 : 16_000, secret));
    }
    const holds = (): boolean => {
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      return readFileSync(file).includes(secret);
    };
    expect(holds()).toBe(true);
    db.exec('DELETE FROM a WHERE x % 3 > 0');
    db.exec('DELETE FROM a WHERE x % 3 = 0');
    expect(holds()).toBe(false);
  });

  test('is brought up to date, whatever version it had', () => {
    const file = fresh();
    openDatabase(file, [first]).close();
    const later = openDatabase(file, [first, second]);
    expect(tablesOf(later)).toEqual(['a', 'b']);
    later.close();
    using again = openDatabase(file, [first, second]);
    expect(again.prepare('SELECT count(*) AS n FROM a').get()).toEqual({ n: 1 });
    expect(() => again.exec("INSERT INTO b VALUES ('2')")).toThrow('FOREIGN KEY');
  });

  test('stays as it was where that fails', () => {
    const file = fresh();
    openDatabase(file, [first, second]).close();
    expect(() => openDatabase(file, [first, second, third])).toThrow(
      expect.objectContaining({ code: 'serve/config' }),
    );
    using db = openDatabase(file, [first, second]);
    expect(tablesOf(db)).toEqual(['a', 'b']);
  });

  test('of a newer program is left alone', () => {
    const file = fresh();
    openDatabase(file, [first, second]).close();
    const before = readFileSync(file);
    const newer = expect.objectContaining({ code: 'serve/config', detail: expect.anything() });
    expect(() => openDatabase(file, [first])).toThrow(newer);
    expect(() => openReadonly(file, 1)).toThrow(newer);
    expect(readFileSync(file)).toEqual(before);
  });

  test('that is none, or damaged, is said to be', () => {
    const damaged = expect.objectContaining({ code: 'serve/damaged' });
    const noise = fresh();
    writeFileSync(noise, 'this is no database, it is a text file of some length'.repeat(100));
    expect(() => openDatabase(noise, [first])).toThrow(damaged);
    const cut = fresh();
    const db = openDatabase(cut, [first]);
    db.exec(`INSERT INTO a WITH RECURSIVE n(x) AS
      (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 9999) SELECT x FROM n`);
    db.close();
    truncateSync(cut, 4096);
    expect(() => openDatabase(cut, [first, 'CREATE TABLE c (x) STRICT'])).toThrow(damaged);
    expect(() => openDatabase(join(folder, 'nowhere', 'x.db'), [])).toThrow(
      expect.objectContaining({ code: 'serve/config' }),
    );
  });
});

describe('a database opened for looking', () => {
  test('shows what a running server has committed, and changes nothing', () => {
    const file = fresh();
    using server = openDatabase(file, [first]);
    using reader = openReadonly(file, 1);
    const count = reader.prepare('SELECT count(*) AS n FROM a');
    expect(count.get()).toEqual({ n: 0 });
    server.exec('INSERT INTO a VALUES (7)');
    expect(count.get()).toEqual({ n: 1 });
    expect(() => reader.exec('DELETE FROM a')).toThrow('readonly');
  });

  test('works after the server has stopped', () => {
    const file = fresh();
    const server = openDatabase(file, [first]);
    server.exec('INSERT INTO a VALUES (7)');
    server.close();
    using reader = openReadonly(file, 1);
    expect(reader.prepare('SELECT x FROM a').all()).toEqual([{ x: 7 }]);
  });

  test('must be there, and up to date', () => {
    const missing = expect.objectContaining({ code: 'serve/config' });
    expect(() => openReadonly(fresh(), 1)).toThrow(missing);
    const file = fresh();
    openDatabase(file, [first]).close();
    expect(() => openReadonly(file, 2)).toThrow('older program');
  });
});
