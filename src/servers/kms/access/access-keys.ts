/**
 * The access keys of a KMS: who may sign requests, and what each may ask for.
 *
 * The secret is kept wrapped under the master key, because SigV4 needs it in the clear. What the key allows is
 * the context of the box: whoever edits the database without the master key makes a key that does not open,
 * and none that may do more.
 * @module
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { RandomBytes } from '../../../base/ports.ts';
import { makeAccessKeyId } from '../../secrets/access-key-names.ts';
import type { MasterKey } from '../../secrets/master-key.ts';
import type { KmsPrincipal } from '../call.ts';

export interface AccessKey extends KmsPrincipal {
  readonly createdMs: number;
}

/** With the half that is shown once. */
export interface NewAccessKey extends AccessKey {
  readonly secret: string;
}

export interface AccessKeyWish {
  /** `isUserName`. */
  readonly name: string;
  readonly operations: readonly string[];
  readonly keyIds: readonly string[];
}

/** 40 characters of base64, as AWS's secrets. */
const SECRET_BYTES = 30;

/** So many secrets stay unwrapped. */
const OPENED_MAX = 1000;

interface Opened {
  readonly box: Uint8Array;
  readonly context: string;
  readonly secret: string;
}

/** Reads the table anew for each request: what another process adds or removes counts at once. */
export class AccessKeys {
  readonly #master: MasterKey;
  readonly #find: StatementSync;
  readonly #list: StatementSync;
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;
  readonly #opened = new Map<string, Opened>();

  /** @param db has `ACCESS_KEY_TABLES` */
  constructor(db: DatabaseSync, master: MasterKey) {
    this.#master = master;
    this.#find = db.prepare('SELECT * FROM kms_access_key WHERE id = ?');
    this.#list = db.prepare('SELECT * FROM kms_access_key ORDER BY created_ms, id');
    this.#insert = db.prepare('INSERT INTO kms_access_key VALUES (?, ?, ?, ?, ?, ?)');
    this.#delete = db.prepare('DELETE FROM kms_access_key WHERE id = ?');
  }

  /** Durable when it returns. Several keys may have one name: that is how one is replaced. */
  add(wish: AccessKeyWish, nowMs: number, random: RandomBytes): NewAccessKey {
    const accessKeyId = makeAccessKeyId('CYBK', random);
    const key: AccessKey = { accessKeyId, ...wish, createdMs: nowMs };
    const bytes = Buffer.from(random(SECRET_BYTES));
    const secret = bytes.toString('base64');
    bytes.fill(0);
    const box = this.#master.wrap(Buffer.from(secret), contextOf(key));
    const [operations, keyIds] = [JSON.stringify(key.operations), JSON.stringify(key.keyIds)];
    this.#insert.run(accessKeyId, key.name, box, operations, keyIds, nowMs);
    return { ...key, secret };
  }

  /** Without secrets, the oldest first. */
  list(): AccessKey[] {
    return this.#list.all().map(accessKeyOf);
  }

  /** @returns whether there was one */
  remove(accessKeyId: string): boolean {
    return Number(this.#delete.run(accessKeyId).changes) > 0;
  }

  /**
   * A key with its secret.
   * @throws MasterKeyError where somebody changed what is stored
   */
  find(accessKeyId: string): NewAccessKey | undefined {
    const row = this.#find.get(accessKeyId);
    if (row === undefined) {
      this.#opened.delete(accessKeyId);
      return undefined;
    }
    const key = accessKeyOf(row);
    return { ...key, secret: this.#secretOf(key, row['box'] as Uint8Array) };
  }

  #secretOf(key: AccessKey, box: Uint8Array): string {
    const context = contextOf(key);
    const known = this.#opened.get(key.accessKeyId);
    if (known && known.context === context && Buffer.compare(known.box, box) === 0) {
      return known.secret;
    }
    const plain = this.#master.unwrap(box, context);
    const secret = plain.toString('latin1');
    plain.fill(0);
    if (this.#opened.size >= OPENED_MAX) this.#opened.clear();
    this.#opened.set(key.accessKeyId, { box, context, secret });
    return secret;
  }
}

/** Binds what the key allows to its secret. */
function contextOf({ accessKeyId, name, operations, keyIds }: KmsPrincipal): string {
  return `kms access key ${JSON.stringify([accessKeyId, name, operations, keyIds])}`;
}

function accessKeyOf(row: Readonly<Record<string, unknown>>): AccessKey {
  return {
    accessKeyId: String(row['id']),
    name: String(row['name']),
    operations: textsIn(row['operations']),
    keyIds: textsIn(row['key_ids']),
    createdMs: Number(row['created_ms']),
  };
}

function textsIn(json: unknown): string[] {
  const list: unknown = JSON.parse(String(json));
  return Array.isArray(list) ? list.map(String) : [];
}
