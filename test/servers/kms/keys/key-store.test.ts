import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isFailure } from '../../../../src/base/failure.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { TestKms } from './test-kms.ts';

const folder = temporaryFolder();
const newFile = (): string => join(mkdtempSync(join(folder, 'kms-')), 'kms.db');

describe('the store of keys', () => {
  it('has everything again after it was closed and opened', async () => {
    const file = newFile();
    let [id, blob] = ['', ''];
    {
      using kms = new TestKms(file);
      id = await kms.createKey({ Description: 'mine', Tags: [{ TagKey: 'a', TagValue: 'b' }] });
      blob = await kms.encrypt(id, 'hello', { for: 'later' });
      await kms.call('CreateAlias', { AliasName: 'alias/mine', TargetKeyId: id });
      await kms.call('RotateKeyOnDemand', { KeyId: id });
    }
    using kms = new TestKms(file);
    expect(await kms.decrypt(blob, { for: 'later' })).toBe('hello');
    expect(await kms.describe('alias/mine')).toMatchObject({ KeyId: id, Description: 'mine' });
    const { Tags } = await kms.call('ListResourceTags', { KeyId: id });
    expect(Tags).toEqual([{ TagKey: 'a', TagValue: 'b' }]);
    expect(kms.keys.find(id, kms.nowMs)?.version).toBe(2);
  });

  it('keeps descriptions, tags and policies to the letter', async () => {
    using kms = new TestKms(newFile());
    const odd = `"'; DROP TABLE kms_key; -- \u0000\u0001 é 🗝 %s \\`;
    const Tags = [{ TagKey: `k${odd}`, TagValue: odd }];
    const id = await kms.createKey({ Description: odd, Tags });
    expect(await kms.describe(id)).toMatchObject({ Description: odd });
    expect(await kms.call('ListResourceTags', { KeyId: id })).toMatchObject({ Tags });
  });

  it('holds no key material that the master key is not needed for', async () => {
    using kms = new TestKms(newFile());
    const id = await kms.createKey();
    const material = kms.keys.versions.use(id, 1, (bytes) => Buffer.from(bytes));
    const { box } = kms.db.prepare('SELECT box FROM kms_key_version').get() as { box: Uint8Array };
    expect(material?.length).toBe(32);
    expect(Buffer.from(box).includes(material as Buffer)).toBe(false);
    const context = `kms key ${id} version 1`;
    expect(kms.master.unwrap(box, context)).toEqual(material);
  });

  it('does not take the material of another key or version for a key’s own', async () => {
    const file = newFile();
    let [one, other] = ['', ''];
    {
      using kms = new TestKms(file);
      one = await kms.createKey();
      other = await kms.createKey();
      const { box } = kms.db
        .prepare('SELECT box FROM kms_key_version WHERE key_id = ?')
        .get(other) as { box: Uint8Array };
      kms.db.prepare('UPDATE kms_key_version SET box = ? WHERE key_id = ?').run(box, one);
    }
    using kms = new TestKms(file);
    const failed = await kms.encrypt(one, 'hello').catch((error: unknown) => error);
    expect(isFailure(failed, 'serve/damaged')).toBe(true);
    expect(await kms.decrypt(await kms.encrypt(other, 'hello'))).toBe('hello');
  });

  it('changes nothing where one of many changes at once fails', async () => {
    using kms = new TestKms(newFile());
    const id = await kms.createKey();
    const results = await Promise.allSettled([
      kms.call('CreateAlias', { AliasName: 'alias/a', TargetKeyId: id }),
      kms.call('CreateAlias', { AliasName: 'alias/a', TargetKeyId: id }),
      kms.call('CreateAlias', { AliasName: 'alias/b', TargetKeyId: id }),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    const { Aliases } = await kms.call('ListAliases');
    expect(Aliases).toMatchObject([{ AliasName: 'alias/a' }, { AliasName: 'alias/b' }]);
  });

  it('forgets unwrapped material that was not used for longest, and opens it again', async () => {
    using kms = new TestKms(newFile());
    const ids: string[] = [];
    for (let i = 0; i < 11; i++) {
      ids.push(...(await Promise.all(Array.from({ length: 100 }, () => kms.createKey()))));
    }
    const first = await kms.encrypt(String(ids[0]), 'first');
    let lent: Uint8Array = new Uint8Array();
    kms.keys.versions.use(String(ids[0]), 1, (bytes) => {
      lent = bytes;
    });
    for (const id of ids.slice(1)) kms.keys.versions.use(id, 1, () => undefined);
    expect(lent.every((byte) => byte === 0)).toBe(true);
    expect(await kms.decrypt(first)).toBe('first');
  });

  it('lends nothing once it is disposed of', async () => {
    const kms = new TestKms(newFile());
    const id = await kms.createKey();
    await kms.encrypt(id, 'hello');
    let lent: Uint8Array = new Uint8Array();
    kms.keys.versions.use(id, 1, (bytes) => {
      lent = bytes;
    });
    expect(lent.some((byte) => byte !== 0)).toBe(true);
    kms[Symbol.dispose]();
    expect(lent.every((byte) => byte === 0)).toBe(true);
  });
});
