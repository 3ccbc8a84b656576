/** Deleting on servers that do it in their own way, or not well; and servers that lock nothing. */
import { expect, describe, it } from 'vitest';
import { deleteMany } from '../../src/store/delete-many.ts';
import type { ObjectStore } from '../../src/store/port.ts';
import { failureOf, storable } from './contract.ts';
import type { Fault } from './s3-stub.ts';
import { useStub } from './s3-stub-stores.ts';

const { stub, plain, retrying } = useStub();
const keys = [1, 2, 3].map((n) => `index/${String(n).repeat(32)}`);

async function fill(store: ObjectStore): Promise<void> {
  for (const key of keys) await store.put(key, storable(key));
}

const raw = (body: string): Fault => ({ kind: 'raw', status: 200, body });

describe('deleting many', () => {
  it('is one request', async () => {
    const store = await plain();
    await fill(store);
    expect(await deleteMany(store, keys)).toEqual({ removed: 3, locked: [] });
    expect(stub().objects.size).toBe(0);
    expect(stub().count('POST', 'delete')).toBe(1);
    expect(stub().count('DELETE')).toBe(0);
  });

  it.each([400, 405, 501])('goes one by one where that is not known (%i)', async (status) => {
    const store = await plain();
    await fill(store);
    stub().fault = ({ query }) =>
      query.has('delete') ? { kind: 'error', status, code: 'NotImplemented' } : undefined;
    expect(await deleteMany(store, keys)).toEqual({ removed: 3, locked: [] });
    await fill(store);
    await deleteMany(store, keys);
    expect(stub().objects.size).toBe(0);
    expect(stub().count('POST', 'delete')).toBe(1);
    expect(stub().count('DELETE')).toBe(6);
  });

  it('is repeated for what the server was too busy for', async () => {
    const store = await plain();
    await fill(store);
    const busy =
      '<DeleteResult><Deleted><Key>p/x</Key></Deleted><Deleted><Key>p/y</Key></Deleted>' +
      '<Error><Key>p/z</Key><Code>SlowDown</Code></Error></DeleteResult>';
    stub().fault = ({ query, nth }) => (query.has('delete') && nth === 1 ? raw(busy) : undefined);
    expect(await deleteMany(store, keys)).toEqual({ removed: 3, locked: [] });
    expect(stub().objects.size).toBe(0);
  });

  it('is not done because somebody answered', async () => {
    const store = await plain();
    await fill(store);
    const nothing = '<DeleteResult></DeleteResult>';
    stub().fault = ({ query }) => (query.has('delete') ? raw(nothing) : undefined);
    expect((await failureOf(deleteMany(store, keys))).code).toBe('store/config');
  });

  it('fails with the reason where rights are missing', async () => {
    const store = await retrying();
    await fill(store);
    const refused = (Message: string) =>
      `<DeleteResult>${keys
        .map((key) => `<Error><Key>p/${key}</Key><Code>AccessDenied</Code>${Message}</Error>`)
        .join('')}</DeleteResult>`;
    let message = '';
    stub().fault = ({ query }) => (query.has('delete') ? raw(refused(message)) : undefined);
    await expect(deleteMany(store, keys)).rejects.toMatchObject({ code: 'store/denied' });
    message = '<Message>forbidden by object lock</Message>';
    expect(await deleteMany(store, keys)).toEqual({ removed: 0, locked: keys });
  });

  it('of those who may not ask whether versions are kept looks at an object', async () => {
    const store = await plain();
    await fill(store);
    const key = keys[0] as string;
    const versions =
      `<ListVersionsResult><IsTruncated>false</IsTruncated>` +
      `<Version><Key>p/${key}</Key><VersionId>v2</VersionId><IsLatest>true</IsLatest></Version>` +
      `<Version><Key>p/${key}</Key><VersionId>v1</VersionId></Version></ListVersionsResult>`;
    stub().fault = ({ method, query }) => {
      if (query.has('versioning')) return { kind: 'error', status: 403, code: 'AccessDenied' };
      if (query.has('versions')) return raw(versions);
      if (method === 'HEAD') return { kind: 'headers', headers: { 'x-amz-version-id': 'v2' } };
      return query.has('delete')
        ? raw('<DeleteResult><Deleted/><Deleted/></DeleteResult>')
        : undefined;
    };
    await store.delete(key);
    expect(stub().count('DELETE')).toBe(0);
    expect(stub().count('POST', 'delete')).toBe(1);
  });
});

describe('a server that knows no locks', () => {
  const lock = { mode: 'compliance', days: 7 } as const;

  it('is refused, and what it took is removed again', async () => {
    const store = await plain({ lock });
    stub().fault = ({ query }) =>
      query.has('versions') ? raw(`<R><IsTruncated>false</IsTruncated></R>`) : undefined;
    const failure = await failureOf(store.put('index/x', storable('x')));
    expect(failure).toMatchObject({ code: 'store/rejected' });
    expect(failure.message).toContain('not locked');
    expect(stub().seen.some(({ query }) => query.has('retention'))).toBe(true);
  });

  it('is refused before, where it is asked', async () => {
    const store = await plain({ lock });
    stub().fault = ({ query }) =>
      query.has('object-lock') ? { kind: 'error', status: 501, code: 'NotImplemented' } : undefined;
    await expect(store.versions?.requireLocks()).rejects.toMatchObject({ code: 'store/config' });
  });

  it('is sent a checksum with each lock, as AWS wants it', async () => {
    const store = await plain({ lock, singlePutBytes: 1 });
    await store.put('index/x', storable('x')).catch(() => undefined);
    await store.put('index/y', storable(new Uint8Array(6 * 1024 * 1024))).catch(() => undefined);
    const puts = stub().seen.filter(({ method, query }) => {
      return method === 'PUT' && (query.size === 0 || query.has('partNumber'));
    });
    expect(puts.length).toBeGreaterThan(2);
    for (const { headers } of puts) expect(headers).toHaveProperty('x-amz-checksum-crc32');
    const [small] = puts;
    expect(small?.headers['x-amz-object-lock-mode']).toBe('COMPLIANCE');
    const until = Date.parse(String(small?.headers['x-amz-object-lock-retain-until-date']));
    expect(Math.abs(until - Date.now() - 7 * 86_400_000)).toBeLessThan(60_000);
  });
});
