/**
 * Buckets: few, asked for by every request, hence kept in memory.
 * @module
 */
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { Bucket, BucketSettings } from '../../model/bucket.ts';
import { S3Error } from '../../protocol/s3-error.ts';

interface Known {
  /** What other tables call it. */
  readonly id: number;
  readonly bucket: Bucket;
}

type SettingsJson = Partial<BucketSettings>;

export class BucketTable {
  readonly #select;
  readonly #insert;
  readonly #update;
  readonly #delete;
  #known: ReadonlyMap<string, Known> | undefined;
  #names: ReadonlyMap<number, string> = new Map();
  #changes = 0;

  constructor(db: DatabaseSync) {
    this.#select = db.prepare('SELECT * FROM buckets ORDER BY name');
    this.#insert = db.prepare(
      'INSERT INTO buckets (name, created_ms, owner, settings) VALUES (?, ?, ?, ?)',
    );
    this.#update = db.prepare('UPDATE buckets SET settings = ? WHERE name = ?');
    this.#delete = db.prepare('DELETE FROM buckets WHERE name = ?');
  }

  /** How often something was changed, or tried to be. */
  get changes(): number {
    return this.#changes;
  }

  /** What is in memory may have been undone. */
  forget(): void {
    this.#known = undefined;
  }

  get(name: string): Bucket | undefined {
    return this.#load().get(name)?.bucket;
  }

  all(): readonly Bucket[] {
    return [...this.#load().values()].map(({ bucket }) => bucket);
  }

  idOf(name: string): number | undefined {
    return this.#load().get(name)?.id;
  }

  /** @throws S3Error `NoSuchBucket` */
  requireId(name: string): number {
    const id = this.idOf(name);
    if (id === undefined) throw new S3Error('NoSuchBucket', 'The specified bucket does not exist');
    return id;
  }

  nameOf(id: number): string {
    this.#load();
    return this.#names.get(id) ?? '';
  }

  insert(bucket: Bucket): void {
    this.#changed();
    this.#insert.run(bucket.name, bucket.createdMs, bucket.owner, settingsText(bucket));
  }

  /** @throws S3Error `NoSuchBucket` */
  update(name: string, change: Partial<BucketSettings>): void {
    this.requireId(name);
    const before = this.get(name) as Bucket;
    this.#changed();
    this.#update.run(settingsText({ ...before, ...change }), name);
  }

  remove(name: string): void {
    this.#changed();
    this.#delete.run(name);
  }

  #changed(): void {
    this.#changes++;
    this.forget();
  }

  #load(): ReadonlyMap<string, Known> {
    if (this.#known === undefined) {
      const rows = this.#select.all().map(knownOf);
      this.#known = new Map(rows.map((known) => [known.bucket.name, known]));
      this.#names = new Map(rows.map(({ id, bucket }) => [id, bucket.name]));
    }
    return this.#known;
  }
}

function settingsText(bucket: BucketSettings): string {
  const { versioning, objectLock, encryption, policy, lifecycle, tags } = bucket;
  return JSON.stringify({ versioning, objectLock, encryption, policy, lifecycle, tags });
}

function knownOf(row: Record<string, SQLOutputValue>): Known {
  const settings = JSON.parse(String(row['settings'])) as SettingsJson;
  const bucket: Bucket = {
    name: String(row['name']),
    createdMs: Number(row['created_ms']),
    owner: String(row['owner']),
    versioning: settings.versioning,
    objectLock: settings.objectLock && {
      defaultRetention: settings.objectLock.defaultRetention,
    },
    encryption: settings.encryption && {
      algorithm: settings.encryption.algorithm,
      kmsKeyId: settings.encryption.kmsKeyId,
      bucketKeyEnabled: settings.encryption.bucketKeyEnabled,
    },
    policy: settings.policy,
    lifecycle: settings.lifecycle,
    tags: settings.tags,
  };
  return { id: Number(row['id']), bucket };
}
