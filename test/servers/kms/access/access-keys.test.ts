import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { AccessKeys } from '../../../../src/servers/kms/access/access-keys.ts';
import { isUserName } from '../../../../src/servers/secrets/access-key-names.ts';
import { openKmsData } from '../../../../src/servers/kms/open-kms-data.ts';
import { MasterKey, MasterKeyError } from '../../../../src/servers/secrets/master-key.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const random = (length: number): Uint8Array => randomBytes(length);
const root = temporaryFolder();
let folders = 0;

function makePlace(): { folder: string; master: MasterKey; db: DatabaseSync; keys: AccessKeys } {
  const folder = join(root, `data-${folders++}`);
  const master = MasterKey.of(randomBytes(32));
  const db = openKmsData(folder, master);
  return { folder, master, db, keys: new AccessKeys(db, master) };
}

const WISH = { name: 'backup', operations: ['Encrypt'], keyIds: ['alias/backup'] };

describe('access keys', () => {
  test('are found with the secret that was shown, by other connections at once', () => {
    const { folder, master, keys, db } = makePlace();
    const other = openKmsData(folder, master);
    const made = new AccessKeys(other, master).add(WISH, 1000, random);
    expect(made.accessKeyId).toMatch(/^CYBK[A-Z2-7]{16}$/);
    expect(made.secret).toMatch(/^[A-Za-z0-9+/]{40}$/);
    expect(keys.find(made.accessKeyId)).toEqual(made);
    expect(keys.find('CYBKAAAAAAAAAAAAAAAA')).toBeUndefined();
    expect(new AccessKeys(other, master).remove(made.accessKeyId)).toBe(true);
    expect(keys.find(made.accessKeyId)).toBeUndefined();
    expect(keys.remove(made.accessKeyId)).toBe(false);
    other.close();
    db.close();
  });

  test('are listed without secrets, which are not in the files either', () => {
    const { folder, keys, db } = makePlace();
    const made = ['one', 'two'].map((name, i) => keys.add({ ...WISH, name }, i, random));
    const listed = keys.list();
    expect(listed.map(({ name }) => name)).toEqual(['one', 'two']);
    const files = ['kms.db', 'kms.db-wal'].map((name) => readFileSync(join(folder, name)));
    for (const { secret } of made) {
      expect(JSON.stringify(listed)).not.toContain(secret);
      for (const bytes of files) expect(bytes.includes(secret)).toBe(false);
    }
    db.close();
  });

  test.each([
    ['operations', '[]'],
    ['key_ids', '[]'],
    ['name', 'admin'],
  ])('that were given more %s in the database do not open any more', (column, value) => {
    const { keys, db } = makePlace();
    const { accessKeyId } = keys.add(WISH, 1, random);
    expect(keys.find(accessKeyId)).toBeDefined();
    db.prepare(`UPDATE kms_access_key SET ${column} = ?`).run(value);
    expect(() => keys.find(accessKeyId)).toThrow(MasterKeyError);
    db.close();
  });

  test('that were put under another id do not open', () => {
    const { keys, db } = makePlace();
    keys.add(WISH, 1, random);
    db.prepare('UPDATE kms_access_key SET id = ?').run('CYBKAAAAAAAAAAAAAAAA');
    expect(() => keys.find('CYBKAAAAAAAAAAAAAAAA')).toThrow(MasterKeyError);
    db.close();
  });

  test('have names that policies can speak of', () => {
    expect(['a', 'a.b@c-d_e+f=g,h', 'x'.repeat(64)].every(isUserName)).toBe(true);
    const bad = ['', 'a b', 'a/b', '*', 'a:b', 'é', 'x'.repeat(65), 'a\n'];
    expect(bad.filter(isUserName)).toEqual([]);
  });
});

describe('the data folder', () => {
  test('is for its owner only, and so is what is in it', () => {
    const { folder, db } = makePlace();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'kms.db')).mode & 0o777).toBe(0o600);
    db.close();
  });

  test('opens with the master key that it was made with, and with no other', () => {
    const { folder, master, db } = makePlace();
    db.close();
    const other = MasterKey.of(randomBytes(32));
    expect(() => openKmsData(folder, other)).toThrow(
      expect.objectContaining({ code: 'serve/master-key' }),
    );
    openKmsData(folder, master).close();
  });
});
