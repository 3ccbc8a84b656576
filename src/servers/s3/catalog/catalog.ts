/**
 * What the server knows of buckets, versions and uploads, and the one place where any of it changes.
 *
 * Readers answer at once. What changes something is called inside `write` only: its `work` runs in a
 * transaction of its own, which is durable when the promise resolves, or undone when `work` throws.
 * @module
 */
import type { Bucket, BucketSettings } from '../model/bucket.ts';
import type { Extent, NewVersion, ObjectVersion } from '../model/object-version.ts';
import type { Upload, UploadedPart } from '../model/upload.ts';

export interface Catalog {
  /** Work of several callers goes to disk together; each fails alone. */
  write<T>(work: () => T): Promise<T>;

  bucket(name: string): Bucket | undefined;
  /** By name. */
  buckets(): readonly Bucket[];
  insertBucket(bucket: Bucket): void;
  updateBucket(name: string, settings: Partial<BucketSettings>): void;
  /** The bucket must be empty: `isBucketEmpty`. */
  removeBucket(name: string): void;
  /** No version, no delete marker and no upload is in it. */
  isBucketEmpty(name: string): boolean;

  /** The newest version, which may be a delete marker. */
  latest(bucket: string, key: string): ObjectVersion | undefined;
  version(bucket: string, key: string, versionId: string): ObjectVersion | undefined;
  /** Newest first. */
  versionsOf(bucket: string, key: string): readonly ObjectVersion[];
  /** Becomes the latest. The null version that it replaces must have been removed before. */
  insertVersion(version: NewVersion, inlineBytes?: InlineBytes): ObjectVersion;
  /** Tags and lock only. */
  updateVersion(
    version: ObjectVersion,
    change: Partial<Pick<ObjectVersion, 'tags' | 'lock'>>,
  ): void;
  /** Its extents are dropped, and the newest of those left becomes the latest. */
  removeVersion(version: ObjectVersion): void;

  /** Latest versions that are no delete markers, by key in order of its UTF-8 bytes. */
  listLatest(bucket: string, from: KeyRange, limit: number): readonly ObjectVersion[];
  /** All versions and delete markers: by key, then newest first. */
  listVersions(bucket: string, from: VersionRange, limit: number): readonly ObjectVersion[];

  insertUpload(upload: Upload): void;
  upload(bucket: string, key: string, uploadId: string): Upload | undefined;
  /** With all its parts; extents that are not in `kept` are dropped. */
  removeUpload(uploadId: string, kept: readonly Extent[]): void;
  /** By key, then by when they were begun, then by id. */
  listUploads(bucket: string, from: UploadRange, limit: number): readonly Upload[];
  /** A part of that number that was there is replaced, its extent dropped. */
  insertPart(part: UploadedPart, inlineBytes?: InlineBytes): void;
  /** By number. */
  listParts(uploadId: string, afterNumber: number, limit: number): readonly UploadedPart[];

  /** What is set once for the whole server, such as the wrapped check of the master key. */
  setting(name: string): string | undefined;
  setSetting(name: string, value: string): void;

  close(): void;
}

/** Sealed bytes of small extents, by extent id: they are kept in the catalog. */
export type InlineBytes = ReadonlyMap<string, Buffer>;

export interface KeyRange {
  readonly prefix: string;
  /** Keys after it, itself not included. */
  readonly after?: string;
  /** Keys from it on, itself included: to go past a common prefix. As bytes, since it may be no UTF-8. */
  readonly fromBytes?: Buffer;
}

export interface VersionRange extends KeyRange {
  /** Together with `after`: within that key, versions older than this one, too. */
  readonly afterVersionId?: string;
}

export interface UploadRange extends KeyRange {
  /** Together with `after`: within that key, uploads after this one, too. */
  readonly afterUploadId?: string;
}
