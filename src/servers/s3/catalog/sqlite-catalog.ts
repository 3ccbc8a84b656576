/**
 * The catalog in a SQLite database: puts the tables together.
 * @module
 */
import type { DatabaseSync } from 'node:sqlite';
import { isDatabaseFull } from '../../database/database-failure.ts';
import { GroupCommit } from '../../database/group-commit.ts';
import type { Bucket, BucketSettings } from '../model/bucket.ts';
import type { Extent, NewVersion, ObjectVersion } from '../model/object-version.ts';
import type { Upload, UploadedPart } from '../model/upload.ts';
import { S3Error } from '../protocol/s3-error.ts';
import type { Catalog, InlineBytes, KeyRange, UploadRange, VersionRange } from './catalog.ts';
import type { ExtentIndex, Garbage } from './extent-index.ts';
import { AssembledTable } from './tables/assembled-table.ts';
import { BucketTable } from './tables/bucket-table.ts';
import { ExtentTable } from './tables/extent-table.ts';
import { Sequence } from './tables/sequence.ts';
import { SettingTable } from './tables/setting-table.ts';
import { UploadTable } from './tables/upload-table.ts';
import { VersionListing } from './tables/version-listing.ts';
import { VersionTable } from './tables/version-table.ts';

/** A `server` writes, and opening for one counts as a start; a `reader` only looks. */
export type CatalogUse = 'server' | 'reader';

export class SqliteCatalog implements Catalog, ExtentIndex {
  readonly startNumber: number;
  readonly #db: DatabaseSync;
  readonly #commits: GroupCommit;
  readonly #settings: SettingTable;
  readonly #buckets: BucketTable;
  readonly #extents: ExtentTable;
  readonly #versions: VersionTable;
  readonly #listing: VersionListing;
  readonly #uploads: UploadTable;

  /** Takes over `db`, and closes it in the end. */
  constructor(db: DatabaseSync, use: CatalogUse) {
    this.#db = db;
    this.#commits = new GroupCommit(db);
    this.#settings = new SettingTable(db);
    this.startNumber = use === 'server' ? countStart(this.#settings) : 0;
    const sequence = new Sequence(this.#settings, use === 'server');
    const buckets = new BucketTable(db);
    const extents = new ExtentTable(db);
    this.#buckets = buckets;
    this.#extents = extents;
    const assembled = new AssembledTable(db);
    this.#versions = new VersionTable(db, { buckets, extents, assembled, sequence });
    this.#listing = new VersionListing(db, buckets, assembled);
    this.#uploads = new UploadTable(db, buckets, extents);
  }

  /** @throws S3Error `InsufficientStorage` where the disk is full */
  async write<T>(work: () => T): Promise<T> {
    const before = this.#buckets.changes;
    try {
      return await this.#commits.write(work);
    } catch (error) {
      if (!isDatabaseFull(error)) throw error;
      throw new S3Error('InsufficientStorage', 'There is no room left', { cause: error });
    } finally {
      // What failed was undone, and so is what was kept in memory of it.
      if (this.#buckets.changes !== before) this.#buckets.forget();
    }
  }

  bucket(name: string): Bucket | undefined {
    return this.#buckets.get(name);
  }

  buckets(): readonly Bucket[] {
    return this.#buckets.all();
  }

  insertBucket(bucket: Bucket): void {
    this.#buckets.insert(bucket);
  }

  updateBucket(name: string, settings: Partial<BucketSettings>): void {
    this.#buckets.update(name, settings);
  }

  removeBucket(name: string): void {
    this.#buckets.remove(name);
  }

  isBucketEmpty(name: string): boolean {
    return !this.#versions.hasAny(name) && !this.#uploads.hasAny(name);
  }

  latest(bucket: string, key: string): ObjectVersion | undefined {
    return this.#versions.latest(bucket, key);
  }

  version(bucket: string, key: string, versionId: string): ObjectVersion | undefined {
    return this.#versions.version(bucket, key, versionId);
  }

  versionsOf(bucket: string, key: string): readonly ObjectVersion[] {
    return this.#versions.versionsOf(bucket, key);
  }

  insertVersion(version: NewVersion, inlineBytes?: InlineBytes): ObjectVersion {
    return this.#versions.insert(version, inlineBytes);
  }

  updateVersion(
    version: ObjectVersion,
    change: Partial<Pick<ObjectVersion, 'tags' | 'lock'>>,
  ): void {
    this.#versions.update(version, change);
  }

  removeVersion(version: ObjectVersion): void {
    this.#versions.remove(version);
  }

  listLatest(bucket: string, from: KeyRange, limit: number): readonly ObjectVersion[] {
    return this.#listing.latest(bucket, from, limit);
  }

  listVersions(bucket: string, from: VersionRange, limit: number): readonly ObjectVersion[] {
    return this.#listing.all(bucket, from, limit);
  }

  insertUpload(upload: Upload): void {
    this.#uploads.insert(upload);
  }

  upload(bucket: string, key: string, uploadId: string): Upload | undefined {
    return this.#uploads.get(bucket, key, uploadId);
  }

  removeUpload(uploadId: string, kept: readonly Extent[]): void {
    this.#uploads.remove(uploadId, kept);
  }

  listUploads(bucket: string, from: UploadRange, limit: number): readonly Upload[] {
    return this.#uploads.list(bucket, from, limit);
  }

  insertPart(part: UploadedPart, inlineBytes?: InlineBytes): void {
    this.#uploads.insertPart(part, inlineBytes);
  }

  listParts(uploadId: string, afterNumber: number, limit: number): readonly UploadedPart[] {
    return this.#uploads.parts(uploadId, afterNumber, limit);
  }

  setting(name: string): string | undefined {
    return this.#settings.get(name);
  }

  setSetting(name: string, value: string): void {
    this.#settings.set(name, value);
  }

  inlineBytes(id: string): Buffer | undefined {
    return this.#extents.inlineBytes(id);
  }

  namesFile(id: string): boolean {
    return this.#extents.namesFile(id);
  }

  spareBytes(): number {
    return this.#extents.spareBytes();
  }

  garbage(after: string, limit: number): readonly Garbage[] {
    return this.#extents.garbage(after, limit);
  }

  isYoungGarbage(id: string): boolean {
    return this.#extents.isYoungGarbage(id);
  }

  letGarbageAge(): void {
    this.#extents.letGarbageAge();
  }

  forgetGarbage(ids: readonly string[]): void {
    this.#extents.forgetGarbage(ids);
  }

  /** SQLite's own look at its pages and indexes. Takes time: it reads all of it. @returns what is wrong */
  integrityProblems(): string[] {
    const rows = this.#db.prepare('PRAGMA integrity_check(100)').all();
    return rows.map((row) => String(row['integrity_check'])).filter((line) => line !== 'ok');
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}

function countStart(settings: SettingTable): number {
  const number = Number(settings.get('starts') ?? 0) + 1;
  settings.set('starts', String(number));
  return number;
}
