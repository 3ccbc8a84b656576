/**
 * The keys of a KMS, and everything that is kept of them: the one door between operations and the
 * database.
 * @module
 */
import type { DatabaseSync } from 'node:sqlite';
import type { RandomBytes } from '../../../base/ports.ts';
import type { GroupCommit } from '../../database/group-commit.ts';
import type { MasterKey } from '../../secrets/master-key.ts';
import { KmsError } from '../kms-error.ts';
import { Aliases } from './aliases.ts';
import { KeyNames } from './key-names.ts';
import { KeyRows } from './key-rows.ts';
import { KeyVersions } from './key-versions.ts';
import type { RotationType } from './key-versions.ts';
import type { KeySpec, KmsKey } from './key.ts';
import { KEY_SPECS } from './key.ts';
import { makeKeyId } from './make-key-id.ts';
import type { Page, PageWish } from './page.ts';
import type { Tag } from './tags.ts';
import { Tags } from './tags.ts';

export interface KeyStoreOptions {
  /** Has `KEY_TABLES`. The store neither opens nor closes it. */
  readonly db: DatabaseSync;
  /** Of the same database. */
  readonly commit: GroupCommit;
  /** Proven to be the right one. The store does not wipe it. */
  readonly master: MasterKey;
  readonly random: RandomBytes;
  readonly region: string;
  /** Twelve digits. */
  readonly account: string;
}

export interface NewKey {
  readonly spec: KeySpec;
  readonly description: string;
  readonly policy: string;
  readonly tags: readonly Tag[];
}

/** The quota of AWS. */
const KEYS_MAX = 100_000;

const DAY_MS = 86_400_000;

/** So many keys in one transaction, so that requests get their turn between. */
const BATCH = 100;

/** What changes is durable when its promise resolves. Disposing wipes unwrapped key material. */
export class KeyStore implements Disposable {
  readonly names: KeyNames;
  readonly versions: KeyVersions;
  readonly aliases: Aliases;
  readonly tags: Tags;
  readonly #db: DatabaseSync;
  readonly #commit: GroupCommit;
  readonly #random: RandomBytes;
  readonly #rows: KeyRows;
  /** What was deleted before a crash may still be in the log of the database. */
  #hasTraces = true;

  constructor(options: KeyStoreOptions) {
    const { db, commit, master, random, region, account } = options;
    this.#db = db;
    this.#commit = commit;
    this.#random = random;
    this.names = new KeyNames(region, account);
    this.#rows = new KeyRows(db, this.names);
    this.versions = new KeyVersions(db, master, random);
    this.aliases = new Aliases(db);
    this.tags = new Tags(db);
  }

  /** By its id. */
  find(id: string, nowMs: number): KmsKey | undefined {
    return this.#rows.find(id, nowMs);
  }

  /**
   * The key that a text names: an id, a key ARN, an alias or an alias ARN.
   * @throws KmsError `NotFoundException`, `InvalidArnException`
   */
  resolve(text: string, nowMs: number): KmsKey {
    const reference = this.names.parse(text);
    if (reference.kind === 'key') return this.#mustFind(reference.id, nowMs);
    const alias = this.aliases.find(reference.name);
    const key = alias && this.find(alias.keyId, nowMs);
    if (key !== undefined) return key;
    const arn = this.names.aliasArn(reference.name);
    throw new KmsError('NotFoundException', `Alias ${arn} is not found.`);
  }

  #mustFind(id: string, nowMs: number): KmsKey {
    const key = this.find(id, nowMs);
    if (key !== undefined) return key;
    throw new KmsError('NotFoundException', `Key '${this.names.keyArn(id)}' does not exist`);
  }

  /** Ids in their order. */
  list(wish: PageWish, nowMs: number): Page<string> {
    return this.#rows.list(wish, nowMs);
  }

  /**
   * Makes a key with its first version.
   * @throws KmsError `LimitExceededException`
   */
  create(wish: NewKey, nowMs: number): Promise<KmsKey> {
    const id = makeKeyId(this.#random);
    const { lengthBytes, usage } = KEY_SPECS[wish.spec];
    const key: KmsKey = {
      id,
      arn: this.names.keyArn(id),
      spec: wish.spec,
      usage,
      state: 'Enabled',
      description: wish.description,
      policy: wish.policy,
      createdMs: nowMs,
      deletion: undefined,
      version: 1,
      rotation: undefined,
    };
    return this.write(() => {
      if (this.#rows.hasAtLeast(KEYS_MAX)) {
        throw new KmsError('LimitExceededException', `there are ${KEYS_MAX} keys already`);
      }
      this.#rows.insert(key);
      const first = { keyId: id, version: 1, createdMs: nowMs, rotation: undefined, lengthBytes };
      this.versions.add(first);
      this.tags.put(id, wish.tags);
      return key;
    });
  }

  /**
   * Runs `work` in a transaction, durable when it resolves. What `work` decides on, it reads itself:
   * between a request and its turn others may have changed it.
   */
  write<T>(work: () => T): Promise<T> {
    return this.#commit.write(work);
  }

  /**
   * Changes a key as it is when its turn comes.
   * @param edit may write aliases and tags, too; what it throws undoes everything
   * @throws KmsError `NotFoundException`; what `edit` throws
   */
  change(id: string, nowMs: number, edit: (key: KmsKey) => KmsKey): Promise<KmsKey> {
    return this.write(() => {
      const changed = edit(this.#mustFind(id, nowMs));
      this.#rows.update(changed);
      return changed;
    });
  }

  /** A key with another version that encrypts from now on; called inside `change`. */
  rotated(key: KmsKey, rotation: RotationType, nowMs: number): KmsKey {
    const version = key.version + 1;
    const { lengthBytes } = KEY_SPECS[key.spec];
    this.versions.add({ keyId: key.id, version, createdMs: nowMs, rotation, lengthBytes });
    return { ...key, version };
  }

  /** The key, rotated first where that is due. */
  async rotateIfDue(key: KmsKey, nowMs: number): Promise<KmsKey> {
    if (!isRotationDue(key, nowMs)) return key;
    return await this.change(key.id, nowMs, (now) => this.#rotatedIfDue(now, nowMs));
  }

  #rotatedIfDue(key: KmsKey, nowMs: number): KmsKey {
    // Somebody else may have been first.
    if (!isRotationDue(key, nowMs)) return key;
    const periodDays = key.rotation?.periodDays ?? 0;
    const rotation = { periodDays, nextMs: nowMs + periodDays * DAY_MS };
    return { ...this.rotated(key, 'AUTOMATIC', nowMs), rotation };
  }

  /** Rotates every key whose time has come. @returns how many */
  async rotateDue(nowMs: number): Promise<number> {
    let count = 0;
    for (;;) {
      const ids = this.#rows.dueForRotation(nowMs, BATCH);
      if (ids.length === 0) return count;
      await this.write(() => {
        for (const id of ids) {
          const key = this.find(id, nowMs);
          if (key !== undefined) this.#rows.update(this.#rotatedIfDue(key, nowMs));
        }
      });
      count += ids.length;
    }
  }

  /**
   * Deletes every key whose waiting period is over, for good: its versions are overwritten, and what the
   * database's log still holds of them is cut off. @returns how many
   */
  async deleteDue(nowMs: number): Promise<number> {
    let count = 0;
    while (this.#rows.dueForDeletion(nowMs, 1).length > 0) {
      this.#hasTraces = true;
      count += await this.write(() => {
        // Asked again: a deletion may have been cancelled while this waited for its turn.
        const ids = this.#rows.dueForDeletion(nowMs, BATCH);
        for (const id of ids) this.#erase(id);
        return ids.length;
      });
    }
    if (this.#hasTraces) this.#cutLog();
    return count;
  }

  #erase(id: string): void {
    this.versions.erase(id);
    this.aliases.removeOf(id);
    this.tags.removeOf(id);
    this.#rows.delete(id);
  }

  /** A reader elsewhere makes it fail at once, and the next time will do. */
  #cutLog(): void {
    const waitMs = Number(this.#db.prepare('PRAGMA busy_timeout').get()?.['timeout']);
    this.#db.exec('PRAGMA busy_timeout = 0');
    const row = this.#db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
    this.#db.exec(`PRAGMA busy_timeout = ${waitMs}`);
    this.#hasTraces = row?.['busy'] !== 0;
  }

  [Symbol.dispose](): void {
    this.versions[Symbol.dispose]();
  }
}

function isRotationDue(key: KmsKey, nowMs: number): boolean {
  return key.state === 'Enabled' && key.rotation !== undefined && key.rotation.nextMs <= nowMs;
}
