/**
 * Uploads under way, and their parts.
 * @module
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Extent } from '../../model/object-version.ts';
import type { Upload, UploadedPart } from '../../model/upload.ts';
import { S3Error } from '../../protocol/s3-error.ts';
import type { InlineBytes, UploadRange } from '../catalog.ts';
import type { BucketTable } from './bucket-table.ts';
import type { ExtentTable } from './extent-table.ts';
import { keyBounds } from './key-bounds.ts';
import { packExtents, unpackExtents } from './pack-extents.ts';
import { bytesOf, textOf } from './version-row.ts';
import type { Row } from './version-row.ts';

type UploadDetails = Pick<
  Upload,
  'headers' | 'metadata' | 'tags' | 'encryption' | 'lock' | 'checksum'
>;

export class UploadTable {
  readonly #buckets: BucketTable;
  readonly #extents: ExtentTable;
  readonly #insert;
  readonly #select;
  readonly #delete;
  readonly #any;
  readonly #between;
  readonly #rest;
  readonly #insertPart;
  readonly #deletePart;
  readonly #deleteParts;
  readonly #parts;

  constructor(db: DatabaseSync, buckets: BucketTable, extents: ExtentTable) {
    this.#buckets = buckets;
    this.#extents = extents;
    this.#insert = db.prepare('INSERT INTO uploads VALUES (?, ?, ?, ?, ?, ?)');
    this.#select = db.prepare('SELECT * FROM uploads WHERE id = ?');
    this.#delete = db.prepare('DELETE FROM uploads WHERE id = ?');
    this.#any = db.prepare('SELECT 1 FROM uploads WHERE bucket = ? LIMIT 1');
    this.#between = db.prepare(`SELECT * FROM uploads WHERE bucket = ? AND key >= ? AND key < ?
      ORDER BY key, started_ms, id LIMIT ?`);
    this.#rest = db.prepare(`SELECT * FROM uploads
      WHERE bucket = ? AND key = ? AND (started_ms, id) > (?, ?)
      ORDER BY started_ms, id LIMIT ?`);
    this.#insertPart = db.prepare('INSERT INTO parts VALUES (?, ?, ?, ?, ?, ?, ?)');
    this.#deletePart = db.prepare(
      'DELETE FROM parts WHERE upload = ? AND number = ? RETURNING extent',
    );
    this.#deleteParts = db.prepare('DELETE FROM parts WHERE upload = ? RETURNING extent');
    this.#parts = db.prepare(
      'SELECT * FROM parts WHERE upload = ? AND number > ? ORDER BY number LIMIT ?',
    );
  }

  insert(upload: Upload): void {
    const id = this.#buckets.requireId(upload.bucket);
    const { headers, metadata, tags, encryption, lock, checksum } = upload;
    const details = JSON.stringify({ headers, metadata, tags, encryption, lock, checksum });
    const key = Buffer.from(upload.key);
    this.#insert.run(upload.id, id, key, upload.startedMs, upload.owner, details);
  }

  get(bucket: string, key: string, uploadId: string): Upload | undefined {
    const row = this.#select.get(uploadId);
    const upload = row && this.#uploadOf(row);
    return upload?.bucket === bucket && upload.key === key ? upload : undefined;
  }

  remove(uploadId: string, kept: readonly Extent[]): void {
    const keptIds = new Set(kept.map(({ id }) => id));
    const all = this.#deleteParts.all(uploadId).flatMap((row) => extentsOf(row));
    this.#extents.drop(all.filter(({ id }) => !keptIds.has(id)));
    this.#delete.run(uploadId);
  }

  hasAny(bucket: string): boolean {
    const id = this.#buckets.idOf(bucket);
    return id !== undefined && this.#any.get(id) !== undefined;
  }

  list(bucket: string, range: UploadRange, limit: number): Upload[] {
    const id = this.#buckets.idOf(bucket);
    if (id === undefined) return [];
    const { from, to } = keyBounds(range);
    const rest = this.#restOfKey(id, range, limit);
    const others = rest.length < limit ? this.#between.all(id, from, to, limit - rest.length) : [];
    return [...rest, ...others].map((row) => this.#uploadOf(row));
  }

  /** Uploads of the key `after` that follow `afterUploadId`: all of them where that one is gone. */
  #restOfKey(bucketId: number, range: UploadRange, limit: number): Row[] {
    const { prefix, after, afterUploadId } = range;
    if (after === undefined || afterUploadId === undefined) return [];
    const key = Buffer.from(after);
    const isOutside = range.fromBytes !== undefined && Buffer.compare(range.fromBytes, key) > 0;
    if (isOutside || !after.startsWith(prefix)) return [];
    const marker = this.#select.get(afterUploadId);
    const startedMs = marker?.['started_ms'] ?? -1;
    return this.#rest.all(bucketId, key, startedMs, afterUploadId, limit);
  }

  /** @throws S3Error `NoSuchUpload` */
  insertPart(part: UploadedPart, inlineBytes: InlineBytes | undefined): void {
    const { uploadId, number, sizeBytes, etag, checksum, modifiedMs, extent } = part;
    if (this.#select.get(uploadId) === undefined)
      throw new S3Error('NoSuchUpload', 'The upload was completed or aborted');
    const before = this.#deletePart.get(uploadId, number);
    if (before !== undefined) this.#extents.drop(extentsOf(before));
    this.#extents.add([extent], inlineBytes);
    const packed = packExtents([extent]);
    this.#insertPart.run(uploadId, number, sizeBytes, etag, checksum ?? null, modifiedMs, packed);
  }

  parts(uploadId: string, afterNumber: number, limit: number): UploadedPart[] {
    return this.#parts.all(uploadId, afterNumber, limit).flatMap((row) => {
      return extentsOf(row).map((extent) => partOf(row, extent));
    });
  }

  #uploadOf(row: Row): Upload {
    const details = JSON.parse(String(row['details'])) as UploadDetails;
    return {
      id: String(row['id']),
      bucket: this.#buckets.nameOf(Number(row['bucket'])),
      key: textOf(row['key']),
      startedMs: Number(row['started_ms']),
      owner: String(row['owner']),
      headers: details.headers,
      metadata: details.metadata,
      tags: details.tags,
      encryption: details.encryption,
      lock: details.lock,
      checksum: details.checksum,
    };
  }
}

function extentsOf(row: Row): Extent[] {
  return unpackExtents(bytesOf(row['extent']));
}

function partOf(row: Row, extent: Extent): UploadedPart {
  const checksum = row['checksum'];
  return {
    uploadId: String(row['upload']),
    number: Number(row['number']),
    sizeBytes: Number(row['size_bytes']),
    etag: String(row['etag']),
    checksum: typeof checksum === 'string' ? checksum : undefined,
    modifiedMs: Number(row['modified_ms']),
    extent,
  };
}
