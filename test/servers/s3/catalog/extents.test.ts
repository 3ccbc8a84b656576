import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { SqliteCatalog } from '../../../../src/servers/s3/catalog/sqlite-catalog.ts';
import {
  packExtents,
  unpackExtents,
} from '../../../../src/servers/s3/catalog/tables/pack-extents.ts';
import { MIGRATIONS } from '../../../../src/servers/s3/catalog/tables/schema.ts';
import { openDatabase } from '../../../../src/servers/database/open-database.ts';
import type { Extent } from '../../../../src/servers/s3/model/object-version.ts';
import { S3Error } from '../../../../src/servers/s3/protocol/s3-error.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { join } from 'node:path';
import {
  bucketOf,
  extentOf,
  freshCatalog,
  freshFolder,
  partOf,
  someId,
  uploadOf,
  versionOf,
} from './catalog-fixture.ts';
import type { TestCatalog } from './catalog-fixture.ts';

const parent = temporaryFolder();

function inlineOf(text: string): { extent: Extent; bytes: Buffer; map: Map<string, Buffer> } {
  const bytes = Buffer.from(text);
  const extent = extentOf({ isInline: true, storedBytes: bytes.length });
  return { extent, bytes, map: new Map([[extent.id, bytes]]) };
}

function garbageOf(catalog: TestCatalog): string[] {
  return catalog.garbage('', 100).map(({ id }) => id);
}

describe('extents in the catalog', () => {
  it('packs extents and refuses a list that was cut', () => {
    const extents = [extentOf({ crc32: 0xffffffff }), extentOf({ isInline: true, sizeBytes: 0 })];
    const packed = packExtents(extents);
    expect(unpackExtents(packed)).toEqual(extents);
    for (let length = 1; length < packed.length; length++)
      if (length !== 37) expect(() => unpackExtents(packed.subarray(0, length))).toThrow('damaged');
  });

  it('names files as long as a version has them, and calls them garbage then', async () => {
    const catalog = await freshCatalog(parent);
    const extents = [extentOf(), extentOf()];
    const [first, second] = extents as [Extent, Extent];
    const version = await catalog.write(() => catalog.insertVersion(versionOf({ extents })));
    expect(catalog.namesFile(first.id)).toBe(true);
    expect(catalog.garbage('', 10)).toEqual([]);
    await catalog.write(() => catalog.removeVersion(version));
    expect(catalog.namesFile(first.id)).toBe(false);
    const ids = [first.id, second.id].toSorted();
    expect(garbageOf(catalog)).toEqual(ids);
    expect(catalog.garbage('', 1)).toEqual([{ id: ids[0], isInline: false }]);
    expect(catalog.garbage(ids[0] ?? '', 10)).toEqual([{ id: ids[1], isInline: false }]);
    await catalog.write(() => catalog.forgetGarbage(ids.slice(0, 1)));
    expect(garbageOf(catalog)).toEqual(ids.slice(1));
  });

  it('undoes all of it with the write that failed', async () => {
    const catalog = await freshCatalog(parent);
    const extents = [extentOf()];
    const version = await catalog.write(() => catalog.insertVersion(versionOf({ extents })));
    const failed = catalog.write(() => {
      catalog.removeVersion(version);
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect(catalog.garbage('', 10)).toEqual([]);
    expect(catalog.namesFile(extents[0]?.id ?? '')).toBe(true);
    expect(catalog.latest('b', 'k')?.extents).toEqual(extents);
  });

  it('keeps small extents itself, until they were dropped and forgotten', async () => {
    const catalog = await freshCatalog(parent);
    const { extent, bytes, map } = inlineOf('sealed');
    const change = versionOf({ extents: [extent] });
    const version = await catalog.write(() => catalog.insertVersion(change, map));
    expect(catalog.inlineBytes(extent.id)).toEqual(bytes);
    await catalog.write(() => catalog.removeVersion(version));
    expect(catalog.garbage('', 10)).toEqual([{ id: extent.id, isInline: true }]);
    expect(catalog.inlineBytes(extent.id)).toEqual(bytes);
    await catalog.write(() => catalog.forgetGarbage([extent.id]));
    expect(catalog.inlineBytes(extent.id)).toBeUndefined();
    expect(catalog.garbage('', 10)).toEqual([]);
  });

  it('refuses a small extent without its bytes, or with others', async () => {
    const catalog = await freshCatalog(parent);
    const { extent, map } = inlineOf('sealed');
    const version = versionOf({ extents: [extent] });
    await expect(catalog.write(() => catalog.insertVersion(version))).rejects.toThrow('bytes');
    const shorter = versionOf({ extents: [{ ...extent, storedBytes: 5 }] });
    await expect(catalog.write(() => catalog.insertVersion(shorter, map))).rejects.toThrow('bytes');
    expect(catalog.latest('b', 'k')).toBeUndefined();
  });

  it('refuses to name a file again that was dropped: it is about to be unlinked', async () => {
    const catalog = await freshCatalog(parent);
    const extents = [extentOf()];
    const version = await catalog.write(() => catalog.insertVersion(versionOf({ extents })));
    await catalog.write(() => catalog.removeVersion(version));
    const again = catalog.write(() => catalog.insertVersion(versionOf({ extents })));
    await expect(again).rejects.toThrow('dropped');
  });

  it('says InsufficientStorage where the database cannot grow, and goes on later', async () => {
    const folder = freshFolder(parent);
    const db: DatabaseSync = openDatabase(join(folder, 'catalog.db'), MIGRATIONS);
    const catalog = new SqliteCatalog(db, 'server');
    await catalog.write(() => catalog.insertBucket(bucketOf()));
    const { page_count: pages } = db.prepare('PRAGMA page_count').get() as { page_count: number };
    db.exec(`PRAGMA max_page_count = ${pages + 20}`);
    let stored = 0;
    let code: string | undefined;
    while (code === undefined) {
      const { extent, map } = inlineOf('x'.repeat(10_000));
      const version = versionOf({ key: `k${stored}`, extents: [extent] });
      await catalog
        .write(() => catalog.insertVersion(version, map))
        .then(
          () => stored++,
          (error: unknown) => (code = error instanceof S3Error ? error.code : String(error)),
        );
    }
    expect(code).toBe('InsufficientStorage');
    expect(stored).toBeGreaterThan(2);
    const listed = catalog.listLatest('b', { prefix: '' }, 100);
    expect(listed.length).toBe(stored);
    await catalog.write(() => listed.forEach((version) => catalog.removeVersion(version)));
    await catalog.write(() => catalog.forgetGarbage(garbageOf(catalog)));
    const { extent, map } = inlineOf('x'.repeat(10_000));
    await catalog.write(() => catalog.insertVersion(versionOf({ extents: [extent] }), map));
    expect(catalog.listLatest('b', { prefix: '' }, 100).length).toBe(1);
    catalog.close();
  });
});

describe('uploads in the catalog', () => {
  it('keeps parts by number, the last of each number, and drops what was replaced', async () => {
    const catalog = await freshCatalog(parent);
    const upload = uploadOf();
    const { id: uploadId } = upload;
    const old = partOf({ uploadId, number: 2 });
    const small = inlineOf('small');
    const last = partOf({ uploadId, number: 10, extent: small.extent, checksum: 'c' });
    const renewed = partOf({ uploadId, number: 2 });
    await catalog.write(() => {
      catalog.insertUpload(upload);
      catalog.insertPart(old);
      catalog.insertPart(last, small.map);
      catalog.insertPart(renewed);
    });
    expect(catalog.upload('b', 'k', uploadId)).toEqual(upload);
    expect(catalog.upload('b', 'other', uploadId)).toBeUndefined();
    expect(catalog.upload('b', 'k', someId())).toBeUndefined();
    expect(catalog.listParts(uploadId, 0, 10)).toEqual([renewed, last]);
    expect(catalog.listParts(uploadId, 2, 10)).toEqual([last]);
    expect(catalog.listParts(uploadId, 0, 1)).toEqual([renewed]);
    expect(garbageOf(catalog)).toEqual([old.extent.id]);
  });

  it('refuses a part of an upload that is gone', async () => {
    const catalog = await freshCatalog(parent);
    const error = await catalog
      .write(() => catalog.insertPart(partOf({ uploadId: someId() })))
      .catch((thrown: unknown) => thrown);
    expect(error instanceof S3Error && error.code).toBe('NoSuchUpload');
  });

  it('drops everything of an upload that is aborted', async () => {
    const catalog = await freshCatalog(parent);
    const upload = uploadOf();
    const part = partOf({ uploadId: upload.id });
    const small = inlineOf('small');
    await catalog.write(() => {
      catalog.insertUpload(upload);
      catalog.insertPart(part);
      catalog.insertPart(
        partOf({ uploadId: upload.id, number: 2, extent: small.extent }),
        small.map,
      );
    });
    await catalog.write(() => catalog.removeUpload(upload.id, []));
    expect(garbageOf(catalog)).toEqual([part.extent.id, small.extent.id].toSorted());
    expect(catalog.listParts(upload.id, 0, 10)).toEqual([]);
    expect(catalog.upload('b', 'k', upload.id)).toBeUndefined();
  });

  it('makes ten thousand parts an object in well under a second, copying no bytes', async () => {
    const catalog = await freshCatalog(parent);
    const upload = uploadOf();
    const small = inlineOf('the last one');
    const parts = Array.from({ length: 10_000 }, (_, i) => {
      const change = i === 9_999 ? { extent: small.extent } : {};
      return partOf({ uploadId: upload.id, number: i + 1, ...change });
    });
    const unused = parts[5]?.extent as Extent;
    await catalog.write(() => {
      catalog.insertUpload(upload);
      for (const part of parts) catalog.insertPart(part, small.map);
    });
    const begun = performance.now();
    const listed = catalog.listParts(upload.id, 0, 10_000);
    const kept = listed.map(({ extent }) => extent).filter(({ id }) => id !== unused.id);
    const version = await catalog.write(() => {
      catalog.removeUpload(upload.id, kept);
      return catalog.insertVersion(versionOf({ extents: kept }));
    });
    expect(performance.now() - begun).toBeLessThan(15_000);
    expect(catalog.latest('b', 'k')?.extents).toEqual(kept);
    expect(garbageOf(catalog)).toEqual([unused.id]);
    expect(catalog.inlineBytes(small.extent.id)).toEqual(small.bytes);
    await catalog.write(() => catalog.removeVersion(version));
    expect(catalog.garbage('', 20_000).length).toBe(10_000);
  });
});
