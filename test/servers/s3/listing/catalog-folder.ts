/**
 * Real catalogs for tests of listings, and buckets filled with keys.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Catalog } from '../../../../src/servers/s3/catalog/catalog.ts';
import { openCatalog } from '../../../../src/servers/s3/catalog/open-catalog.ts';
import { NO_LOCK } from '../../../../src/servers/s3/model/object-version.ts';
import type { NewVersion } from '../../../../src/servers/s3/model/object-version.ts';
import type { Upload } from '../../../../src/servers/s3/model/upload.ts';

export interface CatalogFolder extends Disposable {
  readonly catalog: Catalog;
  /** A new bucket; its name. */
  newBucket(): string;
}

export function catalogFolder(): CatalogFolder {
  const folder = mkdtempSync(join(tmpdir(), 'cybs3-listing-'));
  const catalog = openCatalog(folder);
  let buckets = 0;
  return {
    catalog,
    newBucket() {
      const name = `bucket-${buckets++}`;
      catalog.insertBucket({ name, createdMs: 0, owner: 'owner', ...NO_SETTINGS });
      return name;
    },
    [Symbol.dispose]() {
      catalog.close();
      rmSync(folder, { recursive: true });
    },
  };
}

const NO_SETTINGS = {
  versioning: undefined,
  objectLock: undefined,
  encryption: undefined,
  policy: undefined,
  lifecycle: undefined,
  tags: undefined,
};

export function emptyVersion(
  bucket: string,
  key: string,
  change: Partial<NewVersion> = {},
): NewVersion {
  return {
    bucket,
    key,
    versionId: randomBytes(16).toString('hex'),
    isDeleteMarker: false,
    modifiedMs: 1_700_000_000_000,
    owner: 'owner',
    sizeBytes: 0,
    etag: 'd41d8cd98f00b204e9800998ecf8427e',
    headers: {},
    metadata: {},
    tags: {},
    checksum: undefined,
    encryption: { kind: 'none' },
    extents: [],
    parts: undefined,
    lock: NO_LOCK,
    ...change,
  };
}

export function emptyUpload(bucket: string, key: string, startedMs: number): Upload {
  return {
    id: randomBytes(16).toString('hex'),
    bucket,
    key,
    startedMs,
    owner: 'owner',
    headers: {},
    metadata: {},
    tags: {},
    encryption: { kind: 'none' },
    lock: NO_LOCK,
    checksum: undefined,
  };
}
