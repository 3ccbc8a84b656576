/**
 * The access keys of a data folder: secrets wrapped under the master key, in a database of their own, so that one
 * can be added or removed beside a running server.
 *
 * A box is bound to its key's id, name, role and scopes: who can write the database but has no master key cannot
 * give a key more rights.
 * @module
 */
import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { AppError } from '../../../base/failure.ts';
import { openDatabase } from '../../database/open-database.ts';
import { MasterKeyError, proveMasterKey } from '../../secrets/master-key.ts';
import type { MasterKey } from '../../secrets/master-key.ts';
import { ROLES } from '../model/principal.ts';
import type { Principal, Role, Scope } from '../model/principal.ts';
import type { AccessKey } from './access-key.ts';

const FILE = 'access.db';
const MIGRATIONS = [
  `CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
   CREATE TABLE access_key (
     id TEXT PRIMARY KEY,
     name TEXT NOT NULL UNIQUE,
     role TEXT NOT NULL,
     scopes TEXT NOT NULL,
     secret BLOB NOT NULL,
     created_ms INTEGER NOT NULL
   ) STRICT;`,
];

export interface ListedKey extends Principal {
  readonly createdMs: number;
}

export class AccessKeys implements Disposable {
  readonly #db: DatabaseSync;
  readonly #master: MasterKey;
  readonly #dataVersion: StatementSync;
  #seenVersion: unknown;
  /** In this turn of the event loop. */
  #isLookedAt = false;
  #keys: ReadonlyMap<string, AccessKey> = new Map();

  private constructor(db: DatabaseSync, master: MasterKey) {
    this.#db = db;
    this.#master = master;
    this.#dataVersion = db.prepare('PRAGMA data_version');
    this.#load();
  }

  /**
   * @param folder of the server's data
   * @param master stays the caller's
   * @throws AppError `serve/master-key` where it is another than the data's; as `openDatabase`
   */
  static open(folder: string, master: MasterKey): AccessKeys {
    const db = openDatabase(join(folder, FILE), MIGRATIONS);
    try {
      proveMasterKey(proofStore(db), master);
      return new AccessKeys(db, master);
    } catch (error) {
      db.close();
      throw error;
    }
  }

  /**
   * As the database has it, also where another process changed it before this turn of the event loop: looking costs a
   * twentieth of reading a small object, and requests that come together are served in one turn.
   */
  find(accessKeyId: string): AccessKey | undefined {
    const known = this.#isLookedAt ? this.#keys.get(accessKeyId) : undefined;
    if (known !== undefined) return known;
    if (!this.#isLookedAt) setImmediate(() => (this.#isLookedAt = false));
    this.#isLookedAt = true;
    if (this.#dataVersion.get()?.['data_version'] !== this.#seenVersion) this.#load();
    return this.#keys.get(accessKeyId);
  }

  /** In order of their names, without secrets. */
  list(): readonly ListedKey[] {
    return this.#rows().map((row) => ({ ...principalOf(row), createdMs: Number(row.created_ms) }));
  }

  /** @throws AppError `serve/config` where there is one of that name */
  add({ principal, secret }: AccessKey, createdMs: number): void {
    const { accessKeyId, name, role, scopes } = principal;
    if (this.#rows().some((row) => row.name === name)) {
      throw new AppError('serve/config', `there is an access key named ${name} already`, {
        hint: 'remove it with --remove-key, or take another name',
      });
    }
    const row = { id: accessKeyId, name, role, scopes: JSON.stringify(scopes) };
    const box = this.#master.wrap(Buffer.from(secret), contextOf(row));
    this.#db
      .prepare('INSERT INTO access_key VALUES (?, ?, ?, ?, ?, ?)')
      .run(row.id, row.name, row.role, row.scopes, box, createdMs);
    this.#load();
  }

  /** False where there is none. */
  remove(accessKeyId: string): boolean {
    const { changes } = this.#db.prepare('DELETE FROM access_key WHERE id = ?').run(accessKeyId);
    this.#load();
    return changes > 0;
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }

  #load(): void {
    this.#seenVersion = this.#dataVersion.get()?.['data_version'];
    const keys = new Map<string, AccessKey>();
    for (const row of this.#rows()) {
      const key = this.#keyOf(row);
      if (key) keys.set(row.id, key);
    }
    this.#keys = keys;
  }

  #rows(): Row[] {
    const rows = this.#db.prepare('SELECT * FROM access_key ORDER BY name').all();
    return rows as unknown as Row[];
  }

  /** Undefined: somebody changed the row, and the key is good for nothing. */
  #keyOf(row: Row): AccessKey | undefined {
    try {
      const secret = this.#master.unwrap(row.secret, contextOf(row));
      const key = { principal: principalOf(row), secret: secret.toString() };
      secret.fill(0);
      return key;
    } catch (error) {
      if (error instanceof MasterKeyError) return undefined;
      throw error;
    }
  }
}

interface Row {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly scopes: string;
  readonly secret: Uint8Array;
  readonly created_ms: number | bigint;
}

function contextOf({ id, name, role, scopes }: Omit<Row, 'secret' | 'created_ms'>): string {
  return `s3 access key ${JSON.stringify([id, name, role, scopes])}`;
}

function principalOf(row: Row): Principal {
  const role = ROLES.find((one) => one === row.role) satisfies Role | undefined;
  return {
    accessKeyId: row.id,
    name: row.name,
    // The box has vouched for the row; a role of a newer program gets the least.
    role: role ?? 'read',
    scopes: JSON.parse(row.scopes) as Scope[],
  };
}

function proofStore(db: DatabaseSync): { get(): string | undefined; set(value: string): void } {
  const name = 'master-key-proof';
  return {
    get() {
      const row = db.prepare('SELECT value FROM setting WHERE name = ?').get(name);
      return typeof row?.['value'] === 'string' ? row['value'] : undefined;
    },
    set: (value) => void db.prepare('INSERT INTO setting VALUES (?, ?)').run(name, value),
  };
}
