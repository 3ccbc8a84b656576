import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { MIGRATIONS } from '../../../../src/servers/s3/catalog/tables/schema.ts';
import { packExtents } from '../../../../src/servers/s3/catalog/tables/pack-extents.ts';
import type { Extent, ObjectPart } from '../../../../src/servers/s3/model/object-version.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { catalogIn, extentOf, freshFolder, someId, versionOf } from './catalog-fixture.ts';

const parent = temporaryFolder();

const DETAILS = JSON.stringify({
  headers: {},
  metadata: {},
  tags: {},
  encryption: { kind: 'sse-s3', wrappedKey: 'w' },
  lock: { isHeld: false },
});

/** Of an upload under way. */
const PART = extentOf();

interface OldVersion {
  readonly bucket?: number;
  readonly key: string;
  readonly isMarker?: boolean;
  readonly extents: readonly Extent[];
  readonly parts?: readonly ObjectPart[];
}

/** As the first version of the server wrote it. */
function writeFirstCatalog(file: string, versions: readonly OldVersion[]): void {
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA journal_mode = WAL; ${MIGRATIONS[0]}; PRAGMA user_version = 1`);
  db.exec(`INSERT INTO buckets VALUES (1, 'b', 0, 'AK', '{}'), (2, 'c', 0, 'AK', '{}')`);
  const insert = db.prepare('INSERT INTO versions VALUES (?,?,?,?,1,?,0,?,?,?,?,?,?)');
  for (const [i, version] of versions.entries()) {
    const { bucket = 1, key, isMarker = false, extents, parts } = version;
    const sizeBytes = extents.reduce((sum, extent) => sum + extent.sizeBytes, 0);
    const row = [bucket, Buffer.from(key), i + 1, someId(), isMarker ? 1 : 0, 'AK', sizeBytes, 'e'];
    const long = [packExtents(extents), parts ? JSON.stringify(parts) : null];
    insert.run(...row, DETAILS, ...long);
    for (const { id, isInline, storedBytes } of extents) {
      const bytes = Buffer.alloc(storedBytes, key);
      const at = Buffer.from(id, 'hex');
      if (isInline) db.prepare('INSERT INTO inline VALUES (?, ?)').run(at, bytes);
      else db.prepare('INSERT INTO files VALUES (?)').run(at);
    }
  }
  db.exec(`INSERT INTO settings VALUES ('sequence-mark', '100')`);
  db.exec(`INSERT INTO uploads VALUES ('u', 1, x'75', 5, 'AK', '${DETAILS}')`);
  const part = db.prepare(`INSERT INTO parts VALUES ('u', 7, ?, 'e', NULL, 6, ?)`);
  part.run(PART.sizeBytes, packExtents([PART]));
  db.close();
}

it('keeps all that a catalog of the first version has', async () => {
  const folder = freshFolder(parent);
  const small = extentOf({ isInline: true, sizeBytes: 5, storedBytes: 21 });
  const many = Array.from({ length: 300 }, () => extentOf());
  const parts = many.map(({ sizeBytes }, i) => {
    return { number: i + 1, sizeBytes, etag: `e${i}`, checksum: undefined };
  });
  const versions = [
    { key: 'empty', extents: [] },
    { key: 'file', extents: [extentOf()] },
    { key: 'gone', isMarker: true, extents: [] },
    { key: 'many', extents: many, parts },
    { key: 'small', extents: [small] },
  ];
  const elsewhere = { bucket: 2, key: 'other', extents: [extentOf()], parts: parts.slice(0, 1) };
  writeFirstCatalog(join(folder, 'catalog.db'), [...versions, elsewhere]);
  const catalog = catalogIn(folder);
  const other = catalog.latest('c', 'other');
  expect([other?.extents, other?.parts]).toEqual([elsewhere.extents, elsewhere.parts]);
  expect(catalog.listUploads('b', { prefix: '' }, 10).map(({ id }) => id)).toEqual(['u']);
  expect(catalog.listParts('u', 0, 10).map(({ extent }) => extent)).toEqual([PART]);
  const listed = catalog.listVersions('b', { prefix: '' }, 10);
  expect(listed.map(({ key }) => key)).toEqual(versions.map(({ key }) => key));
  for (const { key, extents, ...old } of versions) {
    const found = [catalog.latest('b', key), listed.find((one) => one.key === key)];
    for (const version of found) {
      expect(version?.extents).toEqual(extents);
      expect(version?.parts).toEqual(old.parts);
    }
  }
  expect(String(catalog.inlineBytes(small.id))).toBe('small'.repeat(5).slice(0, 21));
  expect(many.every(({ id }) => catalog.namesFile(id))).toBe(true);

  await catalog.write(() => listed.forEach((version) => catalog.removeVersion(version)));
  expect(many.some(({ id }) => catalog.namesFile(id))).toBe(false);
  expect(catalog.garbage('', 1000).length).toBe(302);
  const again = await catalog.write(() => catalog.insertVersion(versionOf({ key: 'new' })));
  expect(again.sequence).toBeGreaterThan(100);
});

it('leaves nothing of an object in parts that was deleted', async () => {
  const folder = freshFolder(parent);
  const extents = [extentOf(), extentOf()];
  const parts = [{ number: 1, sizeBytes: 1, etag: 'e', checksum: undefined }];
  writeFirstCatalog(join(folder, 'catalog.db'), [{ key: 'k', extents, parts }]);
  const catalog = catalogIn(folder);
  const early = catalog.latest('b', 'k');
  const late = catalog.latest('b', 'k');
  expect(early?.extents).toEqual(extents);
  await catalog.write(() => late && catalog.removeVersion(late));
  expect(early?.parts).toEqual(parts);
  expect(() => late?.parts).toThrow('deleted meanwhile');
  const db = new DatabaseSync(join(folder, 'catalog.db'), { readOnly: true });
  expect(db.prepare('SELECT count(*) AS count FROM assembled').get()).toEqual({ count: 0 });
  db.close();
});

it('keeps what is long out of the rows that are searched', async () => {
  const folder = freshFolder(parent);
  const extents = Array.from({ length: 300 }, () => extentOf());
  const parts = [{ number: 1, sizeBytes: 1, etag: 'e', checksum: undefined }];
  writeFirstCatalog(join(folder, 'catalog.db'), [{ key: 'old', extents, parts }]);
  const catalog = catalogIn(folder);
  const more = extents.map(() => extentOf());
  await catalog.write(() => catalog.insertVersion(versionOf({ key: 'new', extents: more, parts })));
  const db = new DatabaseSync(join(folder, 'catalog.db'), { readOnly: true });
  const rows = db.prepare('SELECT length(extents) AS bytes FROM versions').all();
  expect(rows.map(({ bytes }) => bytes)).toEqual([0, 0]);
  db.close();
});
