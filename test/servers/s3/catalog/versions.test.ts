import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NewVersion, ObjectVersion } from '../../../../src/servers/s3/model/object-version.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import {
  catalogIn,
  extentOf,
  freshCatalog,
  freshFolder,
  bucketOf,
  someId,
  versionOf,
} from './catalog-fixture.ts';
import type { TestCatalog } from './catalog-fixture.ts';

const parent = temporaryFolder();

async function insert(catalog: TestCatalog, change: Partial<NewVersion>): Promise<ObjectVersion> {
  return catalog.write(() => catalog.insertVersion(versionOf(change)));
}

/** With what it decodes only when asked. */
function decoded(version: ObjectVersion | undefined) {
  return { ...version, extents: version?.extents, parts: version?.parts };
}

describe('versions of the catalog', () => {
  it('gives back all of a version, whatever is in it', async () => {
    const catalog = await freshCatalog(parent);
    const given = versionOf({
      key: 'ü/../\u0000\u{1f600}"\'%\n',
      versionId: someId(),
      sizeBytes: 5 * 2 ** 40,
      headers: { 'content-type': 'text/plain', expires: 'x' },
      metadata: { a: 'ü', b: '' },
      tags: { t: 'v' },
      checksum: { algorithm: 'CRC64NVME', type: 'FULL_OBJECT', value: 'AAAA' },
      encryption: {
        kind: 'sse-kms',
        keyArn: 'arn',
        kmsBlob: 'b',
        context: { x: 'y' },
        bucketKey: { wrappedKey: 'w' },
      },
      extents: [extentOf({ sizeBytes: 2 ** 45, storedBytes: 2 ** 46 }), extentOf()],
      parts: [
        { number: 1, sizeBytes: 1, etag: 'e', checksum: undefined },
        { number: 9999, sizeBytes: 2, etag: 'f', checksum: 'c' },
      ],
      lock: { mode: 'COMPLIANCE', retainUntilMs: 9e12, isHeld: true },
    });
    const { sequence } = await insert(catalog, given);
    const expected = { ...given, sequence, isLatest: true };
    const found = [
      catalog.latest('b', given.key),
      catalog.version('b', given.key, given.versionId),
      ...catalog.versionsOf('b', given.key),
      ...catalog.listLatest('b', { prefix: '' }, 10),
      ...catalog.listVersions('b', { prefix: '' }, 10),
    ];
    expect(found.map(decoded)).toEqual(Array.from({ length: 5 }, () => expected));
  });

  it('finds a version only under its own key and bucket', async () => {
    const catalog = await freshCatalog(parent);
    await catalog.write(() => catalog.insertBucket(bucketOf({ name: 'c' })));
    const versionId = someId();
    await insert(catalog, { versionId });
    expect(catalog.version('b', 'k', versionId)).toBeDefined();
    expect(catalog.version('b', 'other', versionId)).toBeUndefined();
    expect(catalog.version('c', 'k', versionId)).toBeUndefined();
    for (const strange of ['', 'NULL', `${versionId} `, "' OR 1=1 --", versionId.toUpperCase()])
      if (strange !== versionId) expect(catalog.version('b', 'k', strange)).toBeUndefined();
  });

  it('finds the null version below newer ones', async () => {
    const catalog = await freshCatalog(parent);
    const buried = await insert(catalog, {});
    expect(catalog.version('b', 'k', 'null')?.sequence).toBe(buried.sequence);
    await insert(catalog, { versionId: someId() });
    await insert(catalog, { versionId: someId() });
    expect(catalog.version('b', 'k', 'null')).toMatchObject({
      sequence: buried.sequence,
      isLatest: false,
    });
  });

  it('changes tags and lock, each on top of what another changed meanwhile', async () => {
    const catalog = await freshCatalog(parent);
    const read = await insert(catalog, { metadata: { m: '1' } });
    await catalog.write(() => {
      catalog.updateVersion(read, {
        lock: { mode: undefined, retainUntilMs: undefined, isHeld: true },
      });
    });
    await catalog.write(() => catalog.updateVersion(read, { tags: { a: '1' } }));
    expect(catalog.latest('b', 'k')).toMatchObject({
      tags: { a: '1' },
      metadata: { m: '1' },
      lock: { isHeld: true },
    });
    await catalog.write(() => catalog.removeVersion(read));
    await expect(catalog.write(() => catalog.updateVersion(read, { tags: {} }))).rejects.toThrow(
      'deleted',
    );
  });

  it('goes on with larger sequences after a restart, though the newest were removed', async () => {
    const folder = freshFolder(parent);
    const first = catalogIn(folder);
    await first.write(() => first.insertBucket(bucketOf()));
    const kept = await first.write(() => first.insertVersion(versionOf({ versionId: someId() })));
    const gone = await first.write(() => first.insertVersion(versionOf({ versionId: someId() })));
    await first.write(() => first.removeVersion(gone));
    first.close();
    const second = catalogIn(folder);
    const next = await second.write(() => second.insertVersion(versionOf({ versionId: someId() })));
    expect(next.sequence).toBeGreaterThan(gone.sequence);
    expect(second.latest('b', 'k')?.sequence).toBe(next.sequence);
    expect(second.versionsOf('b', 'k').map(({ sequence }) => sequence)).toEqual([
      next.sequence,
      kept.sequence,
    ]);
  });

  it('has one latest version of each key, the newest, whatever is added and removed', async () => {
    const catalog = await freshCatalog(parent);
    const step = fc.record({
      key: fc.constantFrom('a', 'b'),
      isMarker: fc.boolean(),
      remove: fc.option(fc.nat(5)),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
        await catalog.write(() => {
          for (const version of catalog.listVersions('b', { prefix: '' }, 1000))
            catalog.removeVersion(version);
        });
        const model: ObjectVersion[] = [];
        for (const { key, isMarker, remove } of steps) {
          const victim = remove === null ? undefined : model[remove % Math.max(1, model.length)];
          if (victim !== undefined) {
            await catalog.write(() => catalog.removeVersion(victim));
            model.splice(model.indexOf(victim), 1);
          } else
            model.push(
              await insert(catalog, { key, versionId: someId(), isDeleteMarker: isMarker }),
            );
        }
        for (const key of ['a', 'b']) {
          const ids = model.filter((one) => one.key === key).map(({ versionId }) => versionId);
          const found = catalog.versionsOf('b', key);
          expect(found.map(({ versionId }) => versionId)).toEqual(ids.toReversed());
          expect(found.map(({ isLatest }) => isLatest)).toEqual(found.map((_, i) => i === 0));
          expect(catalog.latest('b', key)?.versionId).toBe(ids.at(-1));
        }
        const current = catalog.listLatest('b', { prefix: '' }, 10).map(({ key }) => key);
        const expected = ['a', 'b'].filter((key) => {
          return model.findLast((one) => one.key === key)?.isDeleteMarker === false;
        });
        expect(current).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });
});
