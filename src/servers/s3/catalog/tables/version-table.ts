/**
 * Versions of objects: one of a key is its latest, always the one with the largest sequence.
 * @module
 */
import type { DatabaseSync } from 'node:sqlite';
import { NULL_VERSION } from '../../model/object-version.ts';
import type { NewVersion, ObjectVersion } from '../../model/object-version.ts';
import { S3Error } from '../../protocol/s3-error.ts';
import type { InlineBytes } from '../catalog.ts';
import type { AssembledTable } from './assembled-table.ts';
import type { BucketTable } from './bucket-table.ts';
import type { ExtentTable } from './extent-table.ts';
import type { Sequence } from './sequence.ts';
import { detailsOf, detailsText, versionOf } from './version-row.ts';
import type { Row } from './version-row.ts';

export interface TablesBeside {
  readonly buckets: BucketTable;
  readonly extents: ExtentTable;
  readonly assembled: AssembledTable;
  readonly sequence: Sequence;
}

const OF_KEY = 'FROM versions WHERE bucket = ? AND key = ?';

export class VersionTable {
  readonly #buckets: BucketTable;
  readonly #extents: ExtentTable;
  readonly #assembled: AssembledTable;
  readonly #sequence: Sequence;
  readonly #latest;
  readonly #latestNull;
  readonly #buried;
  readonly #named;
  readonly #all;
  readonly #insert;
  readonly #unseat;
  readonly #delete;
  readonly #crown;
  readonly #at;
  readonly #update;
  readonly #any;

  constructor(db: DatabaseSync, beside: TablesBeside) {
    this.#buckets = beside.buckets;
    this.#extents = beside.extents;
    this.#assembled = beside.assembled;
    this.#sequence = beside.sequence;
    this.#latest = db.prepare(`SELECT * ${OF_KEY} ORDER BY sequence DESC LIMIT 1`);
    this.#latestNull = db.prepare(`SELECT * FROM (SELECT * ${OF_KEY} ORDER BY sequence DESC LIMIT 1)
      WHERE version_id = 'null'`);
    this.#buried = db.prepare(`SELECT * ${OF_KEY} AND version_id = 'null' AND is_latest = 0`);
    this.#named = db.prepare(`SELECT * FROM versions
      WHERE version_id = ?3 AND version_id <> 'null' AND bucket = ?1 AND key = ?2`);
    this.#all = db.prepare(`SELECT * ${OF_KEY} ORDER BY sequence DESC`);
    this.#insert = db.prepare(
      'INSERT INTO versions VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?)',
    );
    this.#unseat = db.prepare(`UPDATE versions SET is_latest = 0
      WHERE bucket = ? AND key = ? AND sequence = (SELECT sequence ${OF_KEY}
      ORDER BY sequence DESC LIMIT 1)`);
    this.#delete = db.prepare(`DELETE ${OF_KEY} AND sequence = ?
      RETURNING is_latest, sequence, extents, is_assembled`);
    this.#crown = db.prepare(`UPDATE versions SET is_latest = 1
      WHERE bucket = ? AND key = ? AND sequence = (SELECT sequence ${OF_KEY}
      ORDER BY sequence DESC LIMIT 1)`);
    this.#at = db.prepare(`SELECT details ${OF_KEY} AND sequence = ?`);
    this.#update = db.prepare(
      'UPDATE versions SET details = ? WHERE bucket = ? AND key = ? AND sequence = ?',
    );
    this.#any = db.prepare('SELECT 1 FROM versions WHERE bucket = ? LIMIT 1');
  }

  latest(bucket: string, key: string): ObjectVersion | undefined {
    const id = this.#buckets.idOf(bucket);
    if (id === undefined) return undefined;
    return this.#whole(this.#latest.get(id, Buffer.from(key)), bucket);
  }

  version(bucket: string, key: string, versionId: string): ObjectVersion | undefined {
    const id = this.#buckets.idOf(bucket);
    if (id === undefined) return undefined;
    const at = Buffer.from(key);
    if (versionId !== NULL_VERSION) return this.#whole(this.#named.get(id, at, versionId), bucket);
    return this.#whole(this.#latestNull.get(id, at) ?? this.#buried.get(id, at), bucket);
  }

  versionsOf(bucket: string, key: string): ObjectVersion[] {
    const id = this.#buckets.idOf(bucket);
    if (id === undefined) return [];
    return this.#all.all(id, Buffer.from(key)).flatMap((row) => this.#whole(row, bucket) ?? []);
  }

  /** @throws S3Error `NoSuchBucket` */
  insert(version: NewVersion, inlineBytes: InlineBytes | undefined): ObjectVersion {
    const id = this.#buckets.requireId(version.bucket);
    const key = Buffer.from(version.key);
    const sequence = this.#sequence.next();
    this.#unseat.run(id, key, id, key);
    this.#extents.add(version.extents, inlineBytes);
    const { extents, isAssembled } = this.#assembled.add(sequence, version);
    this.#insert.run(
      id,
      key,
      sequence,
      version.versionId,
      version.isDeleteMarker ? 1 : 0,
      version.modifiedMs,
      version.owner,
      version.sizeBytes,
      version.etag,
      detailsText(version),
      extents,
      isAssembled ? 1 : 0,
    );
    return { ...version, sequence, isLatest: true };
  }

  /** @throws S3Error `NoSuchVersion` where it was removed */
  update(version: ObjectVersion, change: Partial<Pick<ObjectVersion, 'tags' | 'lock'>>): void {
    const id = this.#buckets.requireId(version.bucket);
    const key = Buffer.from(version.key);
    // What the caller read may be older than what another changed since.
    const row = this.#at.get(id, key, version.sequence);
    if (row === undefined) throw new S3Error('NoSuchVersion', 'The version was deleted meanwhile');
    const details = detailsText({ ...detailsOf(row), ...change });
    this.#update.run(details, id, key, version.sequence);
  }

  remove(version: ObjectVersion): void {
    const id = this.#buckets.requireId(version.bucket);
    const key = Buffer.from(version.key);
    const row = this.#delete.get(id, key, version.sequence);
    if (row === undefined) return;
    this.#extents.drop(this.#assembled.remove(row));
    if (row['is_latest'] === 1) this.#crown.run(id, key, id, key);
  }

  hasAny(bucket: string): boolean {
    const id = this.#buckets.idOf(bucket);
    return id !== undefined && this.#any.get(id) !== undefined;
  }

  #whole(row: Row | undefined, bucket: string): ObjectVersion | undefined {
    return row && versionOf(row, bucket, () => this.#assembled.columnsOf(row));
  }
}
