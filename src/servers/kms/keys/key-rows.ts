/**
 * Keys as rows of the database.
 * @module
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { KeyNames } from './key-names.ts';
import type { KeySpec, KeyState, KmsKey } from './key.ts';
import { KEY_SPECS } from './key.ts';
import type { Page, PageWish } from './page.ts';
import { pageOf } from './page.ts';

interface Row {
  readonly id: string;
  readonly spec: KeySpec;
  readonly is_enabled: number;
  readonly description: string;
  readonly policy: string;
  readonly created_ms: number;
  readonly deletion_ms: number | null;
  readonly deletion_days: number | null;
  readonly version: number;
  readonly rotation_days: number | null;
  readonly next_rotation_ms: number | null;
}

/** A key whose time has come is gone, also in the minute before it is swept out. */
const IS_THERE = '(deletion_ms IS NULL OR deletion_ms > :now)';

/** Reads at any time; what writes is called inside a transaction. */
export class KeyRows {
  readonly #names: KeyNames;
  readonly #find: StatementSync;
  readonly #list: StatementSync;
  readonly #newest: StatementSync;
  readonly #count: StatementSync;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #delete: StatementSync;
  readonly #dueForRotation: StatementSync;
  readonly #dueForDeletion: StatementSync;

  constructor(db: DatabaseSync, names: KeyNames) {
    this.#names = names;
    this.#find = db.prepare(`SELECT * FROM kms_key WHERE id = :id AND ${IS_THERE}`);
    this.#list = db.prepare(
      `SELECT id FROM kms_key WHERE id > :after AND ${IS_THERE} ORDER BY id LIMIT :limit`,
    );
    this.#newest = db.prepare('SELECT coalesce(max(number), 0) AS number FROM kms_key');
    this.#count = db.prepare('SELECT count(id) AS count FROM kms_key');
    this.#insert = db.prepare(
      `INSERT INTO kms_key (id, spec, is_enabled, description, policy, created_ms, deletion_ms,
         deletion_days, version, rotation_days, next_rotation_ms)
       VALUES (:id, :spec, :is_enabled, :description, :policy, :created_ms, :deletion_ms,
         :deletion_days, :version, :rotation_days, :next_rotation_ms)`,
    );
    this.#update = db.prepare(
      `UPDATE kms_key SET spec = :spec, is_enabled = :is_enabled, description = :description,
         policy = :policy, created_ms = :created_ms, deletion_ms = :deletion_ms,
         deletion_days = :deletion_days, version = :version, rotation_days = :rotation_days,
         next_rotation_ms = :next_rotation_ms
       WHERE id = :id`,
    );
    this.#delete = db.prepare('DELETE FROM kms_key WHERE id = :id');
    this.#dueForRotation = db.prepare(
      `SELECT id FROM kms_key WHERE next_rotation_ms <= :now AND is_enabled = 1
         AND deletion_ms IS NULL ORDER BY next_rotation_ms LIMIT :limit`,
    );
    this.#dueForDeletion = db.prepare(
      'SELECT id FROM kms_key WHERE deletion_ms <= :now ORDER BY deletion_ms LIMIT :limit',
    );
  }

  find(id: string, nowMs: number): KmsKey | undefined {
    const row = this.#find.get({ id, now: nowMs }) as unknown as Row | undefined;
    return row && this.#keyOf(row);
  }

  /** Ids in their order. */
  list(wish: PageWish, nowMs: number): Page<string> {
    const { after = '', limit } = wish;
    const rows = this.#list.all({ after, limit: limit + 1, now: nowMs });
    return pageOf(rows.map(idOf), limit, (id) => id);
  }

  /** Whether there are so many keys, also pending deletion. */
  hasAtLeast(count: number): boolean {
    // Counting goes through all of them: not before so many were ever made.
    if (Number(this.#newest.get()?.['number']) < count) return false;
    return Number(this.#count.get()?.['count']) >= count;
  }

  insert(key: KmsKey): void {
    this.#insert.run(rowOf(key));
  }

  update(key: KmsKey): void {
    this.#update.run(rowOf(key));
  }

  delete(id: string): void {
    this.#delete.run({ id });
  }

  dueForRotation(nowMs: number, limit: number): readonly string[] {
    return this.#dueForRotation.all({ now: nowMs, limit }).map(idOf);
  }

  dueForDeletion(nowMs: number, limit: number): readonly string[] {
    return this.#dueForDeletion.all({ now: nowMs, limit }).map(idOf);
  }

  #keyOf(row: Row): KmsKey {
    const { deletion_ms: dueMs, deletion_days: windowDays } = row;
    const { rotation_days: periodDays, next_rotation_ms: nextMs } = row;
    const state: KeyState =
      dueMs !== null ? 'PendingDeletion' : row.is_enabled === 1 ? 'Enabled' : 'Disabled';
    return {
      id: row.id,
      arn: this.#names.keyArn(row.id),
      spec: row.spec,
      usage: KEY_SPECS[row.spec].usage,
      state,
      description: row.description,
      policy: row.policy,
      createdMs: row.created_ms,
      deletion: dueMs === null || windowDays === null ? undefined : { dueMs, windowDays },
      version: row.version,
      rotation: periodDays === null || nextMs === null ? undefined : { periodDays, nextMs },
    };
  }
}

function rowOf(key: KmsKey): Record<keyof Row, string | number | null> {
  return {
    id: key.id,
    spec: key.spec,
    is_enabled: key.state === 'Enabled' ? 1 : 0,
    description: key.description,
    policy: key.policy,
    created_ms: key.createdMs,
    deletion_ms: key.deletion?.dueMs ?? null,
    deletion_days: key.deletion?.windowDays ?? null,
    version: key.version,
    rotation_days: key.rotation?.periodDays ?? null,
    next_rotation_ms: key.rotation?.nextMs ?? null,
  };
}

function idOf(row: Record<string, unknown>): string {
  return String(row['id']);
}
