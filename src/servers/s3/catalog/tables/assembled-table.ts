/**
 * What objects are made of that were uploaded in parts: up to ten thousand of them.
 *
 * In a table of its own, as the one of versions has no rowid: SQLite compares whole rows there to find one, and reads
 * all that is long in each that it passes.
 * @module
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Extent, NewVersion } from '../../model/object-version.ts';
import { S3Error } from '../../protocol/s3-error.ts';
import { packExtents, unpackExtents } from './pack-extents.ts';
import { bytesOf, partsText } from './version-row.ts';
import type { LongColumns, Row } from './version-row.ts';

export class AssembledTable {
  readonly #insert;
  readonly #select;
  readonly #delete;
  readonly #version;

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare('INSERT INTO assembled VALUES (?, ?, ?)');
    this.#select = db.prepare('SELECT extents, parts FROM assembled WHERE sequence = ?');
    this.#delete = db.prepare('DELETE FROM assembled WHERE sequence = ? RETURNING extents');
    this.#version = db.prepare(
      'SELECT 1 FROM versions WHERE bucket = ? AND key = ? AND sequence = ?',
    );
  }

  /** @returns what the row of the version has of it */
  add(sequence: number, { extents, parts }: NewVersion): { extents: Buffer; isAssembled: boolean } {
    const packed = packExtents(extents);
    if (parts === undefined) return { extents: packed, isAssembled: false };
    this.#insert.run(sequence, packed, partsText(parts));
    return { extents: Buffer.alloc(0), isAssembled: true };
  }

  /**
   * @throws S3Error `NoSuchVersion` where the version was deleted since its row was read; `InternalError` where it is
   *   there and what it is made of is not
   */
  columnsOf(row: Row): LongColumns {
    if (row['is_assembled'] !== 1) return { extents: row['extents'], parts: null };
    const { bucket = null, key = null, sequence = null } = row;
    const long = this.#select.get(sequence);
    if (long !== undefined) return { extents: long['extents'], parts: long['parts'] };
    if (this.#version.get(bucket, key, sequence) !== undefined) throw lost();
    throw new S3Error('NoSuchVersion', 'The version was deleted meanwhile');
  }

  /**
   * @returns the extents of a row that was deleted
   * @throws S3Error `InternalError` where they are not known: their files would be left for good
   */
  remove(row: Row): Extent[] {
    const long = row['is_assembled'] === 1 ? this.#delete.get(row['sequence'] ?? null) : row;
    if (long === undefined) throw lost();
    return unpackExtents(bytesOf(long['extents']));
  }
}

function lost(): S3Error {
  return new S3Error('InternalError', 'The catalog has lost what the object is made of');
}
