import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyRange } from '../../../../src/servers/s3/catalog/catalog.ts';
import type { ObjectVersion } from '../../../../src/servers/s3/model/object-version.ts';
import { newVersionId } from '../../../../src/servers/s3/catalog/version-id.ts';
import { randomBytes } from 'node:crypto';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { bucketOf, freshCatalog, someId, uploadOf, versionOf } from './catalog-fixture.ts';
import type { TestCatalog } from './catalog-fixture.ts';

const parent = temporaryFolder();

/** Few characters, so that keys share beginnings; among them what sorts otherwise in UTF-16 than in UTF-8. */
const key = fc.string({
  unit: fc.constantFrom('a', 'b', '/', '\u0000', 'ü', '\uffee', '\u{1f600}'),
  minLength: 0,
  maxLength: 6,
});
const someKey = key.filter((text) => text.length > 0);

async function fill(catalog: TestCatalog, keys: readonly string[]): Promise<void> {
  await catalog.write(() => {
    for (const version of catalog.listVersions('b', { prefix: '' }, 10_000))
      catalog.removeVersion(version);
    for (const one of keys) catalog.insertVersion(versionOf({ key: one, versionId: someId() }));
  });
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

describe('listings of the catalog', () => {
  it('lists the keys in a range by their bytes, as a plain filter does', async () => {
    const catalog = await freshCatalog(parent);
    await catalog.write(() => {
      catalog.insertBucket(bucketOf({ name: 'a' }));
      catalog.insertBucket(bucketOf({ name: 'c' }));
      for (const bucket of ['a', 'c'])
        for (const one of ['a', 'b', 'ü']) catalog.insertVersion(versionOf({ bucket, key: one }));
    });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(someKey, { maxLength: 25 }),
        key,
        fc.option(key),
        fc.option(fc.uint8Array({ maxLength: 4 })),
        fc.integer({ min: 1, max: 30 }),
        async (keys, prefix, after, from, limit) => {
          await fill(catalog, keys);
          const range: KeyRange = {
            prefix,
            ...(after !== null && { after }),
            ...(from !== null && { fromBytes: Buffer.from(from) }),
          };
          const expected = keys
            .filter((one) => one.startsWith(prefix))
            .filter((one) => after === null || byBytes(one, after) > 0)
            .filter((one) => from === null || Buffer.compare(Buffer.from(one), from) >= 0)
            .toSorted(byBytes)
            .slice(0, limit);
          const found = catalog.listLatest('b', range, limit);
          expect(found.map((version) => version.key)).toEqual(expected);
          const all = catalog.listVersions('b', range, limit);
          expect(all.map((version) => version.key)).toEqual(expected);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('lists all versions page by page, each once: by key, newest first', async () => {
    const catalog = await freshCatalog(parent);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('a', 'a/b', 'b', 'ü'), { maxLength: 20 }),
        fc.constantFrom('', 'a'),
        fc.integer({ min: 1, max: 7 }),
        async (keys, prefix, limit) => {
          await fill(catalog, keys);
          const whole = catalog.listVersions('b', { prefix }, 1000);
          const paged = pages(catalog, prefix, limit);
          expect(paged.map(({ versionId }) => versionId)).toEqual(
            whole.map(({ versionId }) => versionId),
          );
          const order = whole.toSorted((x, y) => byBytes(x.key, y.key) || y.sequence - x.sequence);
          expect(whole).toEqual(order);
          expect(whole.length).toBe(keys.filter((one) => one.startsWith(prefix)).length);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('leaves nothing out where each page is deleted before the next is asked for', async () => {
    const catalog = await freshCatalog(parent);
    for (const limit of [1, 2, 3, 7]) {
      const ids = ['a', 'b'].flatMap((one) => {
        return [1, 2, 2, 2, 3, 4].map((ms) => ({ key: one, versionId: idAt(ms), modifiedMs: ms }));
      });
      await catalog.write(() => {
        for (const id of ids) catalog.insertVersion(versionOf(id));
        catalog.insertVersion(versionOf({ key: 'b', modifiedMs: 5 }));
        catalog.insertVersion(versionOf({ key: 'b', modifiedMs: 6, versionId: idAt(6) }));
      });
      for (let last: ObjectVersion | undefined; ;) {
        const after = last && { after: last.key, afterVersionId: last.versionId };
        const page = catalog.listVersions('b', { prefix: '', ...after }, limit);
        last = page.at(-1);
        if (last === undefined) break;
        await catalog.write(() => page.forEach((version) => catalog.removeVersion(version)));
      }
      expect(catalog.isBucketEmpty('b')).toBe(true);
    }
  });

  it('does not go back to a key that a common prefix has passed', async () => {
    const catalog = await freshCatalog(parent);
    await fill(catalog, ['a/1', 'a/1', 'a/2', 'b']);
    const [, older] = catalog.versionsOf('b', 'a/1');
    const range = { prefix: '', after: 'a/1', afterVersionId: older?.versionId ?? '' };
    const past = { ...range, fromBytes: Buffer.from('a0') };
    expect(catalog.listVersions('b', past, 10).map((version) => version.key)).toEqual(['b']);
    expect(catalog.listVersions('b', { ...range, prefix: 'b' }, 10).length).toBe(1);
  });

  it('reads extents of a listed version later, or says that it is gone', async () => {
    const catalog = await freshCatalog(parent);
    const parts = [{ number: 1, sizeBytes: 0, etag: 'e', checksum: undefined }];
    const version = await catalog.write(() => catalog.insertVersion(versionOf({ parts })));
    const [one] = catalog.listLatest('b', { prefix: '' }, 1);
    const [two] = catalog.listLatest('b', { prefix: '' }, 1);
    expect(one?.parts).toEqual(parts);
    await catalog.write(() => catalog.removeVersion(version));
    expect(one?.parts).toEqual(parts);
    expect(() => two?.extents).toThrow('deleted');
  });

  it('lists uploads by key, time and id, also after one that was aborted meanwhile', async () => {
    const catalog = await freshCatalog(parent);
    const uploads = [
      uploadOf({ key: 'a', startedMs: 2, id: '2'.repeat(32) }),
      uploadOf({ key: 'a', startedMs: 2, id: '3'.repeat(32) }),
      uploadOf({ key: 'a', startedMs: 9, id: '1'.repeat(32) }),
      uploadOf({ key: 'b', startedMs: 1, id: '0'.repeat(32) }),
    ];
    await catalog.write(() => {
      for (const upload of uploads.toReversed()) catalog.insertUpload(upload);
    });
    expect(catalog.listUploads('b', { prefix: '' }, 10)).toEqual(uploads);
    expect(catalog.listUploads('b', { prefix: '', after: 'a' }, 10)).toEqual(uploads.slice(3));
    const afterFirst = { prefix: '', after: 'a', afterUploadId: '2'.repeat(32) };
    expect(catalog.listUploads('b', afterFirst, 2)).toEqual(uploads.slice(1, 3));
    await catalog.write(() => catalog.removeUpload('2'.repeat(32), []));
    expect(catalog.listUploads('b', afterFirst, 10)).toEqual(uploads.slice(1));
  });
});

function idAt(ms: number): string {
  return newVersionId(ms, randomBytes);
}

function pages(catalog: TestCatalog, prefix: string, limit: number): ObjectVersion[] {
  const all: ObjectVersion[] = [];
  for (;;) {
    const last = all.at(-1);
    const after = last && { after: last.key, afterVersionId: last.versionId };
    const page = catalog.listVersions('b', { prefix, ...after }, limit);
    all.push(...page);
    if (page.length < limit) return all;
  }
}
