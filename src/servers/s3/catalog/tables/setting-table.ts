/**
 * What is set once for the whole server, by name.
 * @module
 */
import type { DatabaseSync } from 'node:sqlite';

export class SettingTable {
  readonly #select;
  readonly #upsert;

  constructor(db: DatabaseSync) {
    this.#select = db.prepare('SELECT value FROM settings WHERE name = ?');
    this.#upsert = db.prepare(
      'INSERT INTO settings VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
    );
  }

  get(name: string): string | undefined {
    const value = this.#select.get(name)?.['value'];
    return typeof value === 'string' ? value : undefined;
  }

  set(name: string, value: string): void {
    this.#upsert.run(name, value);
  }
}
