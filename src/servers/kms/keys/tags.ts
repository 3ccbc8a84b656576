/**
 * Tags of keys.
 * @module
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Page, PageWish } from './page.ts';
import { pageOf } from './page.ts';

export interface Tag {
  readonly name: string;
  readonly value: string;
}

/** Reads at any time; what writes is called inside a transaction. */
export class Tags {
  readonly #list: StatementSync;
  readonly #count: StatementSync;
  readonly #put: StatementSync;
  readonly #delete: StatementSync;
  readonly #deleteOfKey: StatementSync;

  constructor(db: DatabaseSync) {
    this.#list = db.prepare(
      'SELECT name, value FROM kms_tag WHERE key_id = ? AND name > ? ORDER BY name LIMIT ?',
    );
    this.#count = db.prepare('SELECT count(*) AS count FROM kms_tag WHERE key_id = ?');
    this.#put = db.prepare('INSERT OR REPLACE INTO kms_tag VALUES (?, ?, ?)');
    this.#delete = db.prepare('DELETE FROM kms_tag WHERE key_id = ? AND name = ?');
    this.#deleteOfKey = db.prepare('DELETE FROM kms_tag WHERE key_id = ?');
  }

  /** In the order of their names. */
  list(keyId: string, wish: PageWish): Page<Tag> {
    const { after = '', limit } = wish;
    const rows = this.#list.all(keyId, after, limit + 1);
    return pageOf(rows.map(tagOf), limit, ({ name }) => name);
  }

  countOf(keyId: string): number {
    return Number(this.#count.get(keyId)?.['count']);
  }

  /** Adds tags, or gives those that are there already another value. */
  put(keyId: string, tags: readonly Tag[]): void {
    for (const { name, value } of tags) this.#put.run(keyId, name, value);
  }

  /** What is not there is no trouble. */
  remove(keyId: string, names: readonly string[]): void {
    for (const name of names) this.#delete.run(keyId, name);
  }

  removeOf(keyId: string): void {
    this.#deleteOfKey.run(keyId);
  }
}

function tagOf(row: Record<string, unknown>): Tag {
  return { name: String(row['name']), value: String(row['value']) };
}
