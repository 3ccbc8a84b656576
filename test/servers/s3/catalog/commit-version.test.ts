import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { commitVersion } from '../../../../src/servers/s3/catalog/commit-version.ts';
import { deleteVersion } from '../../../../src/servers/s3/catalog/delete-version.ts';
import type { Deletion } from '../../../../src/servers/s3/catalog/delete-version.ts';
import { versionIdMs } from '../../../../src/servers/s3/catalog/version-id.ts';
import type { Bucket } from '../../../../src/servers/s3/model/bucket.ts';
import type { NewVersion, ObjectVersion } from '../../../../src/servers/s3/model/object-version.ts';
import { S3Error } from '../../../../src/servers/s3/protocol/s3-error.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { bucketOf, freshCatalog, versionOf } from './catalog-fixture.ts';
import type { TestCatalog } from './catalog-fixture.ts';

const parent = temporaryFolder();

type Versioning = Bucket['versioning'];

class Scene {
  readonly catalog: TestCatalog;

  constructor(catalog: TestCatalog) {
    this.catalog = catalog;
  }

  static async with(versioning: Versioning): Promise<Scene> {
    return new Scene(await freshCatalog(parent, { versioning }));
  }

  async set(versioning: Versioning): Promise<void> {
    await this.catalog.write(() => this.catalog.updateBucket('b', { versioning }));
  }

  async put(
    change: Partial<NewVersion> = {},
    check?: (current: ObjectVersion | undefined) => void,
  ): Promise<ObjectVersion> {
    const { versionId: _, ...version } = versionOf(change);
    return this.catalog.write(() => {
      return commitVersion(this.catalog, bucketOf(), version, randomBytes, undefined, check);
    });
  }

  async delete(
    change: Partial<Deletion> = {},
    assertDeletable: (version: ObjectVersion) => void = () => undefined,
  ) {
    const deletion = { key: 'k', versionId: undefined, owner: 'AK', nowMs: 9000, ...change };
    return this.catalog.write(() => {
      return deleteVersion(this.catalog, bucketOf(), deletion, {
        random: randomBytes,
        assertDeletable,
      });
    });
  }

  /** Ids, newest first; delete markers in brackets. */
  ids(): string[] {
    return this.catalog.versionsOf('b', 'k').map(({ versionId, isDeleteMarker }) => {
      return isDeleteMarker ? `[${versionId}]` : versionId;
    });
  }
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.catch((thrown: unknown) => thrown);
  return error instanceof S3Error ? error.code : `not refused: ${String(error)}`;
}

describe('a new version', () => {
  it('replaces the one before where versions were never kept', async () => {
    const scene = await Scene.with(undefined);
    await scene.put({ etag: 'first' });
    await scene.put({ etag: 'second' });
    expect(scene.ids()).toEqual(['null']);
    expect(scene.catalog.latest('b', 'k')?.etag).toBe('second');
  });

  it('is one more where versions are kept, and leaves the null version alone', async () => {
    const scene = await Scene.with(undefined);
    await scene.put();
    await scene.set('Enabled');
    const second = await scene.put({ modifiedMs: 1_700_000_000_000 });
    const third = await scene.put();
    expect(second.versionId).toMatch(/^[0-9a-f]{32}$/);
    expect(versionIdMs(second.versionId)).toBe(1_700_000_000_000);
    expect(scene.ids()).toEqual([third.versionId, second.versionId, 'null']);
  });

  it('replaces the null version, wherever it is, where versions are suspended', async () => {
    const scene = await Scene.with(undefined);
    await scene.put();
    await scene.set('Enabled');
    const second = await scene.put();
    await scene.set('Suspended');
    await scene.put({ etag: 'new' });
    expect(scene.ids()).toEqual(['null', second.versionId]);
    expect(scene.catalog.latest('b', 'k')?.etag).toBe('new');
  });

  it('never replaces a version that is locked', async () => {
    const held = { mode: undefined, retainUntilMs: undefined, isHeld: true };
    const kept = { mode: 'COMPLIANCE', retainUntilMs: 5000, isHeld: false } as const;
    for (const lock of [held, kept]) {
      const scene = await Scene.with('Suspended');
      await scene.put({ lock, modifiedMs: 1000 });
      expect(await codeOf(scene.put({ modifiedMs: 4999 }))).toBe('AccessDenied');
      expect(scene.ids()).toEqual(['null']);
      expect(scene.catalog.latest('b', 'k')?.modifiedMs).toBe(1000);
    }
    const scene = await Scene.with('Suspended');
    await scene.put({ lock: kept });
    await scene.put({ modifiedMs: 5000 });
    expect(scene.catalog.latest('b', 'k')?.modifiedMs).toBe(5000);
  });

  it('lets its writer look at what is there, and refuse', async () => {
    const scene = await Scene.with(undefined);
    const seen: (string | undefined)[] = [];
    await scene.put({ etag: 'first' }, (current) => seen.push(current?.etag));
    const refused = scene.put({ etag: 'second' }, (current) => {
      seen.push(current?.etag);
      throw new S3Error('PreconditionFailed', 'no');
    });
    expect(await codeOf(refused)).toBe('PreconditionFailed');
    expect(seen).toEqual([undefined, 'first']);
    expect(scene.catalog.latest('b', 'k')?.etag).toBe('first');
  });

  it('is refused where the bucket is gone', async () => {
    const scene = await Scene.with(undefined);
    await scene.catalog.write(() => scene.catalog.removeBucket('b'));
    expect(await codeOf(scene.put())).toBe('NoSuchBucket');
    expect(await codeOf(scene.delete())).toBe('NoSuchBucket');
  });
});

describe('a deletion', () => {
  it('removes the object where versions were never kept, also where it is gone', async () => {
    const scene = await Scene.with(undefined);
    await scene.put();
    const deleted = await scene.delete();
    expect(deleted).toMatchObject({ versionId: undefined, isDeleteMarker: false });
    expect(deleted.removed?.key).toBe('k');
    expect(scene.ids()).toEqual([]);
    expect((await scene.delete()).removed).toBeUndefined();
  });

  it('puts a marker on top where versions are kept; without it the object is back', async () => {
    const scene = await Scene.with('Enabled');
    const { versionId } = await scene.put();
    const deleted = await scene.delete();
    expect(deleted.isDeleteMarker).toBe(true);
    expect(scene.ids()).toEqual([`[${deleted.versionId}]`, versionId]);
    expect(scene.catalog.latest('b', 'k')).toMatchObject({ isDeleteMarker: true, owner: 'AK' });
    expect(scene.catalog.listLatest('b', { prefix: '' }, 10)).toEqual([]);
    const undone = await scene.delete({ versionId: deleted.versionId });
    expect(undone).toMatchObject({ isDeleteMarker: true, versionId: deleted.versionId });
    expect(scene.catalog.latest('b', 'k')?.versionId).toBe(versionId);
  });

  it('puts a null marker in the place of the null version where suspended', async () => {
    const scene = await Scene.with('Enabled');
    const { versionId } = await scene.put();
    await scene.set('Suspended');
    await scene.put();
    expect(await scene.delete()).toMatchObject({ versionId: 'null', isDeleteMarker: true });
    expect(scene.ids()).toEqual(['[null]', versionId]);
    await scene.delete();
    expect(scene.ids()).toEqual(['[null]', versionId]);
  });

  it('removes the version that is named, for good, and no other', async () => {
    const scene = await Scene.with('Enabled');
    const first = await scene.put();
    const second = await scene.put();
    const deleted = await scene.delete({ versionId: first.versionId });
    expect(deleted).toMatchObject({ versionId: first.versionId, isDeleteMarker: false });
    expect(scene.ids()).toEqual([second.versionId]);
    expect((await scene.delete({ versionId: first.versionId })).removed).toBeUndefined();
    expect((await scene.delete({ versionId: 'strange' })).removed).toBeUndefined();
    expect(scene.ids()).toEqual([second.versionId]);
  });

  it('asks about a lock whenever something would be gone for good, and only then', async () => {
    const refuse = () => {
      throw new S3Error('AccessDenied', 'locked');
    };
    const kept = await Scene.with('Enabled');
    const { versionId } = await kept.put();
    expect((await kept.delete({}, refuse)).isDeleteMarker).toBe(true);
    expect(await codeOf(kept.delete({ versionId }, refuse))).toBe('AccessDenied');
    expect(kept.ids().length).toBe(2);
    for (const versioning of [undefined, 'Suspended'] as const) {
      const scene = await Scene.with(versioning);
      await scene.put();
      expect(await codeOf(scene.delete({}, refuse))).toBe('AccessDenied');
      expect(scene.ids()).toEqual(['null']);
    }
  });
});
