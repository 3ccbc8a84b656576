/**
 * Versions of keys: their material, wrapped in the database and unwrapped for as long as it is in use.
 * @module
 */
import { createHash } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { AppError, assert } from '../../../base/failure.ts';
import type { RandomBytes } from '../../../base/ports.ts';
import { Secret } from '../../../crypto/secret.ts';
import type { MasterKey } from '../../secrets/master-key.ts';
import type { Page, PageWish } from './page.ts';
import { pageOf } from './page.ts';

export type RotationType = 'AUTOMATIC' | 'ON_DEMAND';

export interface KeyVersion {
  /** From 1. */
  readonly version: number;
  readonly createdMs: number;
  /** What made it; undefined for the first. */
  readonly rotation: RotationType | undefined;
}

export interface NewVersion extends KeyVersion {
  readonly keyId: string;
  readonly lengthBytes: number;
}

/** Unwrapped at once, at most 64 bytes each. */
const UNWRAPPED_MAX = 1000;

/** Reads at any time; `add` and `erase` are called inside a transaction. */
export class KeyVersions implements Disposable {
  readonly #master: MasterKey;
  readonly #random: RandomBytes;
  readonly #insert: StatementSync;
  readonly #box: StatementSync;
  readonly #list: StatementSync;
  readonly #countOnDemand: StatementSync;
  readonly #overwrite: StatementSync;
  readonly #delete: StatementSync;
  /** By key and version; the one used last is the last. */
  readonly #unwrapped = new Map<string, Secret>();

  constructor(db: DatabaseSync, master: MasterKey, random: RandomBytes) {
    this.#master = master;
    this.#random = random;
    this.#insert = db.prepare('INSERT INTO kms_key_version VALUES (?, ?, ?, ?, ?)');
    this.#box = db.prepare('SELECT box FROM kms_key_version WHERE key_id = ? AND version = ?');
    this.#list = db.prepare(
      `SELECT version, created_ms, rotation FROM kms_key_version
         WHERE key_id = ? AND version > ? ORDER BY version LIMIT ?`,
    );
    this.#countOnDemand = db.prepare(
      `SELECT count(*) AS count FROM kms_key_version WHERE key_id = ? AND rotation = 'ON_DEMAND'`,
    );
    this.#overwrite = db.prepare(
      'UPDATE kms_key_version SET box = zeroblob(length(box)) WHERE key_id = ?',
    );
    this.#delete = db.prepare('DELETE FROM kms_key_version WHERE key_id = ?');
  }

  /** Draws the material of a version and keeps it wrapped. */
  add(made: NewVersion): void {
    const { keyId, version, createdMs, rotation } = made;
    using material = Secret.random(made.lengthBytes, this.#random);
    const box = material.use((bytes) => this.#master.wrap(bytes, wrapContext(keyId, version)));
    this.#insert.run(keyId, version, box, createdMs, rotation ?? null);
  }

  /**
   * Lends the material of a version to `work`, which must not keep it.
   * @returns undefined where there is no such version
   * @throws AppError `serve/damaged` where what is stored cannot be unwrapped
   */
  use<T>(keyId: string, version: number, work: (material: Uint8Array) => T): T | undefined {
    const secret = this.#unwrap(keyId, version);
    return secret?.use(work);
  }

  #unwrap(keyId: string, version: number): Secret | undefined {
    const name = `${keyId} ${version}`;
    const known = this.#unwrapped.get(name);
    if (known !== undefined) {
      this.#unwrapped.delete(name);
      this.#unwrapped.set(name, known);
      return known;
    }
    const box = this.#box.get(keyId, version)?.['box'];
    if (box === undefined) return undefined;
    assert(box instanceof Uint8Array, 'a box is bytes');
    const secret = this.#open(box, keyId, version);
    this.#unwrapped.set(name, secret);
    if (this.#unwrapped.size > UNWRAPPED_MAX) this.#dropOldest();
    return secret;
  }

  #open(box: Uint8Array, keyId: string, version: number): Secret {
    try {
      return Secret.take(this.#master.unwrap(box, wrapContext(keyId, version)));
    } catch (cause) {
      const what = `version ${version} of key ${keyId} in the database is damaged`;
      throw new AppError('serve/damaged', what, { cause });
    }
  }

  #dropOldest(): void {
    for (const [name, secret] of this.#unwrapped) {
      secret.wipe();
      this.#unwrapped.delete(name);
      return;
    }
  }

  /** In their order. */
  list(keyId: string, wish: PageWish): Page<KeyVersion> {
    const after = wish.after === undefined ? 0 : Number(wish.after);
    const rows = this.#list.all(keyId, after, wish.limit + 1).map(versionOf);
    return pageOf(rows, wish.limit, ({ version }) => String(version));
  }

  /** How often the key was rotated because somebody asked for it. */
  countOnDemand(keyId: string): number {
    return Number(this.#countOnDemand.get(keyId)?.['count']);
  }

  /** Overwrites and deletes every version of a key, wrapped and unwrapped. */
  erase(keyId: string): void {
    for (const [name, secret] of this.#unwrapped) {
      if (!name.startsWith(`${keyId} `)) continue;
      secret.wipe();
      this.#unwrapped.delete(name);
    }
    this.#overwrite.run(keyId);
    this.#delete.run(keyId);
  }

  /** Wipes what is unwrapped. */
  [Symbol.dispose](): void {
    for (const secret of this.#unwrapped.values()) secret.wipe();
    this.#unwrapped.clear();
  }
}

/**
 * The public name of a version, 64 hex digits as AWS has it. It says nothing of the material: it is made
 * of the key's id and the number.
 */
export function keyMaterialId(keyId: string, version: number): string {
  return createHash('sha256').update(`kms key material ${keyId} ${version}`).digest('hex');
}

/** So that a box is of no use for another key or version. */
function wrapContext(keyId: string, version: number): string {
  return `kms key ${keyId} version ${version}`;
}

function versionOf(row: Record<string, unknown>): KeyVersion {
  const rotation = row['rotation'];
  return {
    version: Number(row['version']),
    createdMs: Number(row['created_ms']),
    rotation: rotation === 'AUTOMATIC' || rotation === 'ON_DEMAND' ? rotation : undefined,
  };
}
