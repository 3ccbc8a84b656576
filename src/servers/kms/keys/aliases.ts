/**
 * Aliases: names that point to keys.
 * @module
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Page, PageWish } from './page.ts';
import { pageOf } from './page.ts';

export interface Alias {
  /** With its `alias/`. */
  readonly name: string;
  readonly keyId: string;
  readonly createdMs: number;
  /** When it was pointed to its key. */
  readonly updatedMs: number;
}

/** Reads at any time; what writes is called inside a transaction. */
export class Aliases {
  readonly #find: StatementSync;
  readonly #list: StatementSync;
  readonly #listOfKey: StatementSync;
  readonly #count: StatementSync;
  readonly #insert: StatementSync;
  readonly #point: StatementSync;
  readonly #delete: StatementSync;
  readonly #deleteOfKey: StatementSync;

  constructor(db: DatabaseSync) {
    const page = 'ORDER BY name LIMIT ?';
    this.#find = db.prepare('SELECT * FROM kms_alias WHERE name = ?');
    this.#list = db.prepare(`SELECT * FROM kms_alias WHERE name > ? ${page}`);
    this.#listOfKey = db.prepare(`SELECT * FROM kms_alias WHERE name > ? AND key_id = ? ${page}`);
    this.#count = db.prepare('SELECT count(*) AS count FROM kms_alias WHERE key_id = ?');
    this.#insert = db.prepare('INSERT INTO kms_alias VALUES (?, ?, ?, ?)');
    this.#point = db.prepare('UPDATE kms_alias SET key_id = ?, updated_ms = ? WHERE name = ?');
    this.#delete = db.prepare('DELETE FROM kms_alias WHERE name = ?');
    this.#deleteOfKey = db.prepare('DELETE FROM kms_alias WHERE key_id = ?');
  }

  find(name: string): Alias | undefined {
    const row = this.#find.get(name);
    return row && aliasOf(row);
  }

  /**
   * In the order of their names.
   * @param keyId undefined: of all keys
   */
  list(keyId: string | undefined, wish: PageWish): Page<Alias> {
    const { after = '', limit } = wish;
    const rows =
      keyId === undefined
        ? this.#list.all(after, limit + 1)
        : this.#listOfKey.all(after, keyId, limit + 1);
    return pageOf(rows.map(aliasOf), limit, ({ name }) => name);
  }

  countOf(keyId: string): number {
    return Number(this.#count.get(keyId)?.['count']);
  }

  add(name: string, keyId: string, nowMs: number): void {
    this.#insert.run(name, keyId, nowMs, nowMs);
  }

  point(name: string, keyId: string, nowMs: number): void {
    this.#point.run(keyId, nowMs, name);
  }

  remove(name: string): void {
    this.#delete.run(name);
  }

  removeOf(keyId: string): void {
    this.#deleteOfKey.run(keyId);
  }
}

function aliasOf(row: Record<string, unknown>): Alias {
  return {
    name: String(row['name']),
    keyId: String(row['key_id']),
    createdMs: Number(row['created_ms']),
    updatedMs: Number(row['updated_ms']),
  };
}
