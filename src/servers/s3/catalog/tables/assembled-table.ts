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

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare('INSERT INTO assembled VALUES (?, ?, ?)');
    this.#select = db.prepare('SELECT extents, parts FROM assembled WHERE sequence = ?');
    this.#delete = db.prepare('DELETE FROM assembled WHERE sequence = ? RETURNING extents');
  }

  /** @returns what the row of the version has of it */
  add(sequence: number, { extents, parts }: NewVersion): { extents: Buffer; isAssembled: boolean } {
    const packed = packExtents(extents);
    if (parts === undefined) return { extents: packed, isAssembled: false };
    this.#insert.run(sequence, packed, partsText(parts));
    return { extents: Buffer.alloc(0), isAssembled: true };
  }

  /** @throws S3Error `NoSuchVersion` where the version was deleted since its row was read */
  columnsOf(row: Row): LongColumns {
    if (row['is_assembled'] !== 1) return { extents: row['extents'], parts: null };
    const long = this.#select.get(row['sequence'] ?? null);
    if (long === undefined) throw new S3Error('NoSuchVersion', 'The version was deleted meanwhile');
    return { extents: long['extents'], parts: long['parts'] };
  }

  /** @returns the extents of a row that was deleted */
  remove(row: Row): Extent[] {
    const long = row['is_assembled'] === 1 ? this.#delete.get(row['sequence'] ?? null) : row;
    return unpackExtents(bytesOf(long?.['extents']));
  }
}
