import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isDatabaseFull } from '../../../src/servers/database/database-failure.ts';
import { GroupCommit } from '../../../src/servers/database/group-commit.ts';
import { openDatabase } from '../../../src/servers/database/open-database.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = temporaryFolder();
let files = 0;

function open() {
  const file = join(folder, `${files++}.db`);
  const db = openDatabase(file, ['CREATE TABLE a (x INTEGER PRIMARY KEY, y BLOB) STRICT']);
  const other = new DatabaseSync(file);
  onTestFinished(() => {
    other.close();
    if (db.isOpen) db.close();
  });
  const insert = db.prepare('INSERT INTO a VALUES (?, ?)');
  return {
    db,
    commits: new GroupCommit(db),
    insert: (x: number, y: Buffer = Buffer.alloc(0)) => insert.run(x, y),
    /** As another process sees it: only what was committed. */
    seen: () =>
      other
        .prepare('SELECT x FROM a ORDER BY x')
        .all()
        .map((row) => row['x']),
    /** Grows by one with each transaction that changed something. */
    version: () => other.prepare('PRAGMA data_version').get()?.['data_version'] as number,
  };
}

describe('a group of writers', () => {
  test('goes to disk in one transaction, and each gets its own result after that', async () => {
    const { commits, insert, seen, version } = open();
    const before = version();
    const results = Array.from({ length: 100 }, (_, i) =>
      commits
        .write(() => {
          insert(i);
          return i * 2;
        })
        .then((result) => [result, seen().length]),
    );
    expect(seen()).toEqual([]);
    expect(await Promise.all(results)).toEqual(Array.from({ length: 100 }, (_, i) => [i * 2, 100]));
    expect(version()).toBe(before + 1);
  });

  test('is not undone by one of it that fails', async () => {
    const { commits, insert, seen } = open();
    const works = Array.from({ length: 50 }, (_, i) => () => {
      insert(i);
      insert(i + 1000);
      if (i % 7 === 3) throw new Error(`no ${i}`);
      // A constraint of SQLite fails like an error of ours.
      if (i % 7 === 5) insert(i);
      return i;
    });
    const outcomes = await Promise.allSettled(works.map((work) => commits.write(work)));
    const isFine = (i: number): boolean => i % 7 !== 3 && i % 7 !== 5;
    const kept = Array.from({ length: 50 }, (_, i) => i).filter(isFine);
    expect(seen()).toEqual([...kept, ...kept.map((i) => i + 1000)]);
    outcomes.forEach((outcome, i) => {
      if (isFine(i)) expect(outcome).toEqual({ status: 'fulfilled', value: i });
      else expect(outcome.status).toBe('rejected');
    });
    expect(outcomes[3]).toMatchObject({ reason: new Error('no 3') });
  });

  test('sees what those before it in the group have done', async () => {
    const { commits, insert, db } = open();
    const count = db.prepare('SELECT count(*) AS n FROM a');
    const counts = [1, 2, 3].map((x) =>
      commits.write(() => {
        insert(x);
        return count.get()?.['n'];
      }),
    );
    expect(await Promise.all(counts)).toEqual([1, 2, 3]);
  });

  test('may be large: it is split, and all of it arrives in order', async () => {
    const { commits, insert, seen } = open();
    const order: number[] = [];
    const writes = Array.from({ length: 1000 }, (_, i) =>
      commits.write(() => insert(i)).then(() => order.push(i)),
    );
    await commits.flush();
    expect(seen()).toHaveLength(1000);
    await Promise.all(writes);
    expect(order).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });

  test('is refused as a whole where it cannot be committed, and the next one is fine', async () => {
    const { commits, insert, seen, db } = open();
    await commits.write(() => insert(0));
    const pages = Number(db.prepare('PRAGMA page_count').get()?.['page_count']);
    db.exec(`PRAGMA max_page_count = ${pages + 5}`);
    const writes = [1, 2, 3].map((x) => commits.write(() => insert(x, Buffer.alloc(x * 9000))));
    const outcomes = await Promise.allSettled(writes);
    expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true);
    const kept = [0];
    outcomes.forEach((outcome, i) => {
      if (outcome.status === 'fulfilled') kept.push(i + 1);
      else expect(isDatabaseFull(outcome.reason)).toBe(true);
    });
    expect(seen()).toEqual(kept);
    db.exec('PRAGMA max_page_count = 100000');
    await commits.write(() => insert(9));
    expect(seen()).toEqual([...kept, 9]);
  });

  test('all fail where the commit itself does', async () => {
    const { commits, insert, seen, db } = open();
    db.exec(`CREATE TABLE b (x INTEGER REFERENCES a DEFERRABLE INITIALLY DEFERRED) STRICT`);
    const writes = [
      commits.write(() => insert(1)),
      // Allowed until COMMIT looks at it.
      commits.write(() => db.exec('INSERT INTO b VALUES (77)')),
    ];
    const outcomes = await Promise.allSettled(writes);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(seen()).toEqual([]);
    await commits.write(() => insert(2));
    expect(seen()).toEqual([2]);
  });

  test('waits for another process, and says so where that does not let go', async () => {
    const { commits, insert, db, seen } = open();
    db.exec('PRAGMA busy_timeout = 50');
    const other = new DatabaseSync(db.location() ?? '');
    other.exec('BEGIN IMMEDIATE');
    await expect(commits.write(() => insert(1))).rejects.toMatchObject({ errcode: 5 });
    other.exec('ROLLBACK');
    other.close();
    await commits.write(() => insert(2));
    expect(seen()).toEqual([2]);
  });

  test('holds no promises: work that gives one is undone', async () => {
    const { commits, insert, seen } = open();
    const write = commits.write(async () => insert(1));
    await expect(write).rejects.toThrow('gave a promise');
    expect(seen()).toEqual([]);
  });

  test('is refused after the database was closed', async () => {
    const { commits, insert, db } = open();
    db.close();
    await expect(commits.write(() => insert(1))).rejects.toThrow();
  });
});
