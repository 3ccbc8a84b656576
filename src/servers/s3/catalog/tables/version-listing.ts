/**
 * Versions in order of their keys.
 * @module
 */
import type { DatabaseSync } from 'node:sqlite';
import { NULL_VERSION } from '../../model/object-version.ts';
import type { ObjectVersion } from '../../model/object-version.ts';
import type { KeyRange, VersionRange } from '../catalog.ts';
import { versionIdMs } from '../version-id.ts';
import type { AssembledTable } from './assembled-table.ts';
import type { BucketTable } from './bucket-table.ts';
import { keyBounds } from './key-bounds.ts';
import { versionOf } from './version-row.ts';
import type { Row } from './version-row.ts';

const BETWEEN = 'bucket = ? AND key >= ? AND key < ?';

export class VersionListing {
  readonly #buckets: BucketTable;
  readonly #current;
  readonly #all;
  readonly #rest;
  readonly #sequenceOf;
  readonly #sequenceAt;
  readonly #assembled: AssembledTable;

  constructor(db: DatabaseSync, buckets: BucketTable, assembled: AssembledTable) {
    this.#buckets = buckets;
    this.#assembled = assembled;
    this.#current = db.prepare(`SELECT * FROM versions INDEXED BY current
      WHERE ${BETWEEN} AND is_latest = 1 AND is_marker = 0 ORDER BY key LIMIT ?`);
    this.#all = db.prepare(`SELECT * FROM versions
      WHERE ${BETWEEN} ORDER BY key, sequence DESC LIMIT ?`);
    this.#rest = db.prepare(`SELECT * FROM versions
      WHERE bucket = ? AND key = ? AND sequence < ? ORDER BY sequence DESC LIMIT ?`);
    this.#sequenceOf = db.prepare(
      'SELECT sequence FROM versions WHERE bucket = ? AND key = ? AND version_id = ?',
    );
    this.#sequenceAt = db.prepare(`SELECT max(sequence) + 1 AS sequence FROM versions
      WHERE bucket = ? AND key = ? AND modified_ms <= ?`);
  }

  latest(bucket: string, range: KeyRange, limit: number): ObjectVersion[] {
    const id = this.#buckets.idOf(bucket);
    if (id === undefined) return [];
    const { from, to } = keyBounds(range);
    return this.#versions(bucket, this.#current.all(id, from, to, limit));
  }

  all(bucket: string, range: VersionRange, limit: number): ObjectVersion[] {
    const id = this.#buckets.idOf(bucket);
    if (id === undefined) return [];
    const { from, to } = keyBounds(range);
    const rest = this.#restOfKey(id, range, limit);
    const others = rest.length < limit ? this.#all.all(id, from, to, limit - rest.length) : [];
    return this.#versions(bucket, [...rest, ...others]);
  }

  /** Versions of the key `after` that are older than `afterVersionId`. */
  #restOfKey(bucketId: number, range: VersionRange, limit: number): Row[] {
    const { prefix, after, afterVersionId } = range;
    if (after === undefined || afterVersionId === undefined) return [];
    const key = Buffer.from(after);
    const isOutside = range.fromBytes !== undefined && Buffer.compare(range.fromBytes, key) > 0;
    if (isOutside || !after.startsWith(prefix)) return [];
    const sequence = this.#sequence(bucketId, key, afterVersionId);
    return sequence === undefined ? [] : this.#rest.all(bucketId, key, sequence, limit);
  }

  /**
   * Where the version is, or was: who deletes page after page asks for what follows one that is gone. Its id says
   * when it was made; where it does not (null versions), all of the key is listed again rather than some left out.
   */
  #sequence(bucketId: number, key: Buffer, versionId: string): number | undefined {
    const row = this.#sequenceOf.get(bucketId, key, versionId);
    if (row !== undefined) return Number(row['sequence']);
    const ms = versionId === NULL_VERSION ? undefined : versionIdMs(versionId);
    const at = this.#sequenceAt.get(bucketId, key, ms ?? Number.MAX_SAFE_INTEGER)?.['sequence'];
    return typeof at === 'number' ? at : undefined;
  }

  #versions(bucket: string, rows: readonly Row[]): ObjectVersion[] {
    return rows.map((row) => versionOf(row, bucket, () => this.#assembled.columnsOf(row)));
  }
}
