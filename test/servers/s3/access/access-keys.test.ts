import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeAccessKey } from '../../../../src/servers/s3/access/access-key.ts';
import { AccessKeys } from '../../../../src/servers/s3/access/access-keys.ts';
import { MasterKey } from '../../../../src/servers/secrets/master-key.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const root = temporaryFolder();
let folder = '';
let count = 0;
let master: MasterKey;
let keys: AccessKeys;

beforeEach(() => {
  folder = join(root, String(count++));
  mkdirSync(folder);
  master = MasterKey.of(Buffer.alloc(32, 7));
  keys = AccessKeys.open(folder, master);
});
afterEach(() => keys[Symbol.dispose]());

function add(name: string, into = keys) {
  const scopes = [{ bucket: 'photos', prefix: '2024/' }];
  const key = makeAccessKey({ name, role: 'write-once', scopes }, randomBytes);
  into.add(key, 1000);
  return key;
}

describe('access keys', () => {
  test('are found as they were made, also after a restart', () => {
    const key = add('laptop');
    expect(key.principal.accessKeyId).toMatch(/^CYBS[A-Z2-7]{16}$/);
    expect(key.secret).toMatch(/^[\w-]{40}$/);
    expect(keys.find(key.principal.accessKeyId)).toEqual(key);
    keys[Symbol.dispose]();
    keys = AccessKeys.open(folder, master);
    expect(keys.find(key.principal.accessKeyId)).toEqual(key);
    expect(keys.list()).toEqual([{ ...key.principal, createdMs: 1000 }]);
  });

  test('that another process adds or removes count from the next turn on', async () => {
    using other = AccessKeys.open(folder, master);
    const key = add('laptop', other);
    expect(keys.find(key.principal.accessKeyId)).toEqual(key);
    expect(other.remove(key.principal.accessKeyId)).toBe(true);
    await new Promise((resolve) => setImmediate(resolve));
    expect(keys.find(key.principal.accessKeyId)).toBeUndefined();
    expect(other.remove(key.principal.accessKeyId)).toBe(false);
  });

  test('of one name exist once', () => {
    add('laptop');
    expect(() => add('laptop')).toThrow(expect.objectContaining({ code: 'serve/config' }));
  });

  test('do not open under another master key', () => {
    using wrong = MasterKey.of(Buffer.alloc(32, 8));
    expect(() => AccessKeys.open(folder, wrong)).toThrow(
      expect.objectContaining({ code: 'serve/master-key' }),
    );
  });

  test('lie on disk for the owner only, and never with their secret', () => {
    const { secret } = add('laptop');
    for (const name of readdirSync(folder)) {
      expect(statSync(join(folder, name)).mode & 0o077, name).toBe(0);
      expect(readFileSync(join(folder, name)).includes(secret), name).toBe(false);
    }
  });

  const changes = [
    `UPDATE access_key SET role = 'full'`,
    `UPDATE access_key SET scopes = '[]'`,
    `UPDATE access_key SET name = 'admin'`,
    `UPDATE access_key SET id = 'CYBSAAAAAAAAAAAAAAAA'`,
    `UPDATE access_key SET secret = x'0102'`,
  ];
  test.each(changes)('whose row was changed are good for nothing: %s', (sql) => {
    const { principal } = add('laptop');
    const db = new DatabaseSync(join(folder, 'access.db'));
    db.exec(sql);
    db.close();
    expect(keys.find(principal.accessKeyId)).toBeUndefined();
    expect(keys.find('CYBSAAAAAAAAAAAAAAAA')).toBeUndefined();
  });

  test.each(['', 'a b', 'a/b', 'x'.repeat(65), 'ü'])('cannot be called %j', (name) => {
    expect(() => add(name)).toThrow(expect.objectContaining({ code: 'usage' }));
  });

  test('cannot be limited to what is no bucket', () => {
    const scopes = [{ bucket: 'A b', prefix: '' }];
    expect(() => makeAccessKey({ name: 'a', role: 'read', scopes }, randomBytes)).toThrow(
      expect.objectContaining({ code: 'usage' }),
    );
  });
});
