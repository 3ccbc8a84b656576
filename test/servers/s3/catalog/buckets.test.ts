import { describe, expect, it } from 'vitest';
import type { BucketSettings } from '../../../../src/servers/s3/model/bucket.ts';
import { S3Error } from '../../../../src/servers/s3/protocol/s3-error.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import {
  bucketOf,
  catalogIn,
  freshCatalog,
  freshFolder,
  uploadOf,
  versionOf,
} from './catalog-fixture.ts';

const parent = temporaryFolder();

const allSet: BucketSettings = {
  versioning: 'Enabled',
  objectLock: { defaultRetention: { mode: 'GOVERNANCE', days: 3 } },
  encryption: { algorithm: 'aws:kms', kmsKeyId: 'alias/x', bucketKeyEnabled: true },
  policy: '{}',
  lifecycle: '<L/>',
  tags: { a: 'b', 'ü 𝕏': '' },
};

describe('buckets of the catalog', () => {
  it('keeps every setting over a restart', async () => {
    const folder = freshFolder(parent);
    const first = catalogIn(folder);
    await first.write(() => {
      first.insertBucket(bucketOf({ name: 'z', ...allSet }));
      first.insertBucket(bucketOf({ name: 'a' }));
    });
    first.close();
    const second = catalogIn(folder);
    expect(second.buckets()).toEqual([bucketOf({ name: 'a' }), bucketOf({ name: 'z', ...allSet })]);
  });

  it('changes one setting and leaves the others', async () => {
    const catalog = await freshCatalog(parent, allSet);
    await catalog.write(() => catalog.updateBucket('b', { policy: undefined, tags: { c: 'd' } }));
    expect(catalog.bucket('b')).toEqual(
      bucketOf({ ...allSet, policy: undefined, tags: { c: 'd' } }),
    );
  });

  it('undoes what a failed write did, in memory too', async () => {
    const catalog = await freshCatalog(parent);
    const failed = catalog.write(() => {
      catalog.updateBucket('b', { versioning: 'Enabled' });
      catalog.insertBucket(bucketOf({ name: 'c' }));
      expect(catalog.bucket('b')?.versioning).toBe('Enabled');
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect(catalog.buckets()).toEqual([bucketOf()]);
  });

  it('refuses to put anything into a bucket that is not there', async () => {
    const catalog = await freshCatalog(parent);
    for (const work of [
      () => catalog.insertVersion(versionOf({ bucket: 'gone' })),
      () => catalog.insertUpload(uploadOf({ bucket: 'gone' })),
      () => catalog.updateBucket('gone', {}),
    ]) {
      const error = await catalog.write<unknown>(work).catch((thrown: unknown) => thrown);
      expect(error instanceof S3Error && error.code).toBe('NoSuchBucket');
    }
  });

  it('says whether anything is in it, and forgets it with its name', async () => {
    const catalog = await freshCatalog(parent);
    expect(catalog.isBucketEmpty('b')).toBe(true);
    const marker = versionOf({ isDeleteMarker: true });
    const version = await catalog.write(() => catalog.insertVersion(marker));
    expect(catalog.isBucketEmpty('b')).toBe(false);
    const upload = uploadOf();
    await catalog.write(() => {
      catalog.removeVersion(version);
      catalog.insertUpload(upload);
    });
    expect(catalog.isBucketEmpty('b')).toBe(false);
    await expect(catalog.write(() => catalog.removeBucket('b'))).rejects.toThrow();
    await catalog.write(() => {
      catalog.removeUpload(upload.id, []);
      catalog.removeBucket('b');
    });
    expect(catalog.bucket('b')).toBeUndefined();
    expect(catalog.latest('b', 'k')).toBeUndefined();
    expect(catalog.listVersions('b', { prefix: '' }, 10)).toEqual([]);
  });

  it('counts its starts, and keeps what is set for the server', async () => {
    const folder = freshFolder(parent);
    const first = catalogIn(folder);
    expect(first.startNumber).toBe(1);
    await first.write(() => first.setSetting('proof', 'x'));
    await first.write(() => first.setSetting('proof', 'y'));
    first.close();
    const second = catalogIn(folder);
    expect(second.startNumber).toBe(2);
    expect(second.setting('proof')).toBe('y');
    expect(second.setting('other')).toBeUndefined();
  });
});
