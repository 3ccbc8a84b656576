/**
 * A real catalog in a folder of its own, and things to put into it.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Catalog } from '../../../../src/servers/s3/catalog/catalog.ts';
import type { ExtentIndex } from '../../../../src/servers/s3/catalog/extent-index.ts';
import { openCatalog } from '../../../../src/servers/s3/catalog/open-catalog.ts';
import type { Bucket } from '../../../../src/servers/s3/model/bucket.ts';
import { NO_LOCK } from '../../../../src/servers/s3/model/object-version.ts';
import type { Extent, NewVersion } from '../../../../src/servers/s3/model/object-version.ts';
import type { Upload, UploadedPart } from '../../../../src/servers/s3/model/upload.ts';

export type TestCatalog = Catalog & ExtentIndex;

/** Closed when the test is done. */
export function catalogIn(folder: string): TestCatalog {
  const catalog = openCatalog(folder);
  onTestFinished(() => catalog.close());
  return catalog;
}

export function freshFolder(parent: string): string {
  return mkdtempSync(join(parent, 'data-'));
}

/** With the bucket `b`. */
export async function freshCatalog(
  parent: string,
  bucket: Partial<Bucket> = {},
): Promise<TestCatalog> {
  const catalog = catalogIn(freshFolder(parent));
  await catalog.write(() => catalog.insertBucket(bucketOf(bucket)));
  return catalog;
}

export function bucketOf(change: Partial<Bucket> = {}): Bucket {
  return {
    name: 'b',
    createdMs: 1000,
    owner: 'AKOWNER',
    versioning: undefined,
    objectLock: undefined,
    encryption: undefined,
    policy: undefined,
    lifecycle: undefined,
    tags: undefined,
    ...change,
  };
}

export function versionOf(change: Partial<NewVersion> = {}): NewVersion {
  return {
    bucket: 'b',
    key: 'k',
    versionId: 'null',
    isDeleteMarker: false,
    modifiedMs: 2000,
    owner: 'AKOWNER',
    sizeBytes: 0,
    etag: 'd41d8cd98f00b204e9800998ecf8427e',
    headers: {},
    metadata: {},
    tags: {},
    checksum: undefined,
    encryption: { kind: 'sse-s3', wrappedKey: 'AAAA' },
    extents: [],
    parts: undefined,
    lock: NO_LOCK,
    ...change,
  };
}

export function someId(): string {
  return randomBytes(16).toString('hex');
}

export function extentOf(change: Partial<Extent> = {}): Extent {
  return {
    id: someId(),
    sizeBytes: 100,
    storedBytes: 116,
    crc32: 0xdeadbeef,
    isInline: false,
    ...change,
  };
}

export function uploadOf(change: Partial<Upload> = {}): Upload {
  return {
    id: someId(),
    bucket: 'b',
    key: 'k',
    startedMs: 3000,
    owner: 'AKOWNER',
    headers: {},
    metadata: {},
    tags: {},
    encryption: { kind: 'sse-s3', wrappedKey: 'AAAA' },
    lock: NO_LOCK,
    checksum: undefined,
    ...change,
  };
}

export function partOf(change: Partial<UploadedPart> & { uploadId: string }): UploadedPart {
  return {
    number: 1,
    sizeBytes: 100,
    etag: someId(),
    checksum: undefined,
    modifiedMs: 4000,
    extent: extentOf(),
    ...change,
  };
}
