/**
 * The old versions of objects in a bucket that keeps them: deleted for good, brought back, locked anew.
 * @module
 */
import type { StorableBytes } from '../../../base/brand.ts';
import { AppError, isFailure } from '../../../base/failure.ts';
import { forEachConcurrent } from '../../../base/flow.ts';
import { notFound } from '../../outcome.ts';
import type {
  DeleteOutcome,
  LockOutcome,
  ObjectHistory,
  ObjectVersion,
  VersionedObjects,
} from '../../port.ts';
import { withRetries } from '../../retry.ts';
import { encryptionOfRead } from '../encryption.ts';
import type { S3Requests } from '../requests.ts';
import {
  DELETE_REQUESTS_AT_ONCE,
  DELETES_A_REQUEST,
  VersionDeleter,
  VERSIONS_A_REQUEST,
} from './delete-versions.ts';
import type { Doomed } from './delete-versions.ts';
import { findVersions, historyOf, listVersions, VERSIONS_HELD } from './list-versions.ts';
import type { KeyVersions } from './list-versions.ts';
import { isLockedUntil, lockEndMs, requireBucketLocks, setLock } from './object-lock.ts';
import { GetBucketVersioningCommand, GetObjectCommand, HeadObjectCommand } from '../client/sdk.ts';

const LOCKS_AT_ONCE = 16;
const RETURNS_AT_ONCE = 4;

type Put = (key: string, body: StorableBytes, signal: AbortSignal | undefined) => Promise<void>;

export class S3Versions implements VersionedObjects {
  readonly #requests: S3Requests;
  readonly #deleter: VersionDeleter;
  readonly #put: Put;
  /** Whether the bucket keeps versions, once that is known. */
  #isOn: boolean | undefined;

  /** @param put stores an object as the store does */
  constructor(requests: S3Requests, put: Put) {
    this.#requests = requests;
    this.#deleter = new VersionDeleter(requests);
    this.#put = put;
    if (requests.settings.lock) this.#isOn = true;
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncGenerator<ObjectHistory> {
    for await (const found of listVersions(this.#requests, prefix, signal)) {
      const history = historyOf(found);
      if (history) yield history;
    }
  }

  /** Of keys that are sorted and distinct. What is locked is neither deleted nor hidden. */
  async delete(keys: readonly string[], signal?: AbortSignal): Promise<DeleteOutcome> {
    const locked = new Set<string>();
    const keepsVersions = keys.length > 0 && (await this.#keepsVersions(keys, signal));
    for (let rest = keys; rest.length > 0;) {
      const more: string[] = [];
      const doomed = keepsVersions
        ? this.#versionsOf(rest, more, signal)
        : rest.map((key) => ({ key }));
      const together = keepsVersions ? VERSIONS_A_REQUEST : DELETES_A_REQUEST;
      for (const key of await this.#destroy(doomed, together, signal)) locked.add(key);
      rest = more.filter((key) => !locked.has(key));
    }
    return { removed: keys.length - locked.size, locked: Array.from(locked).sort() };
  }

  async revive(histories: readonly ObjectHistory[], signal?: AbortSignal): Promise<number> {
    const wanted = new Map(histories.map((history) => [history.key, history.first]));
    const others = histories.flatMap((history) => history.others);
    await this.#destroy(others, VERSIONS_A_REQUEST, signal);
    let revived = 0;
    const keys = Array.from(wanted.keys()).sort();
    const found = findVersions(this.#requests, keys, signal);
    await forEachConcurrent(found, RETURNS_AT_ONCE, async (versions) => {
      const first = wanted.get(versions.key);
      if (first && (await this.#makeCurrent(first, versions, signal))) revived++;
    });
    return revived;
  }

  async retain(
    versions: Iterable<ObjectVersion> | AsyncIterable<ObjectVersion>,
    signal?: AbortSignal,
  ): Promise<LockOutcome> {
    const { lock, location } = this.#requests.settings;
    if (!lock) throw new AppError('store/config', `${location} was opened without a lock to set`);
    const untilMs = await lockEndMs(this.#requests, lock);
    const refused: string[] = [];
    let renewed = 0;
    await forEachConcurrent(versions, LOCKS_AT_ONCE, async (version) => {
      if (await this.#retainOne(version, untilMs, signal)) renewed++;
      else refused.push(version.key);
    });
    return { untilMs, renewed, refused };
  }

  requireLocks(signal?: AbortSignal): Promise<void> {
    return requireBucketLocks(this.#requests, signal);
  }

  /** @returns keys of which a lock holds something */
  async #destroy(
    doomed: Iterable<Doomed> | AsyncIterable<Doomed>,
    together: number,
    signal: AbortSignal | undefined,
  ): Promise<Set<string>> {
    const locked = new Set<string>();
    const requests = batches(doomed, together);
    await forEachConcurrent(requests, DELETE_REQUESTS_AT_ONCE, async (batch) => {
      for (const key of await this.#deleter.delete(batch, signal)) locked.add(key);
    });
    return locked;
  }

  async #retainOne(
    version: ObjectVersion,
    untilMs: number,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const { lock } = this.#requests.settings;
    if (!lock) return false;
    try {
      await setLock(this.#requests, lock, version, untilMs, signal);
      return true;
    } catch (error) {
      if (isFailure(error, 'store/not-found')) return false;
      if (!isFailure(error, 'store/denied', 'store/rejected')) throw error;
      // It may be locked for longer already, or more strictly.
      const head = await this.#head(version.key, version.versionId, signal).catch(() => undefined);
      return head !== undefined && isLockedUntil(lock, untilMs, head);
    }
  }

  /** Asked once; who may not ask looks at an object. */
  async #keepsVersions(keys: readonly string[], signal: AbortSignal | undefined): Promise<boolean> {
    if (this.#isOn !== undefined) return this.#isOn;
    const { client, settings } = this.#requests;
    const command = new GetBucketVersioningCommand({ Bucket: settings.bucket });
    const doing = `ask whether the bucket ${settings.bucket} keeps versions`;
    try {
      const answer = await this.#requests.run(doing, signal, (send) => client.send(command, send));
      this.#isOn = answer.Status !== undefined;
    } catch (error) {
      if (!isFailure(error, 'store/denied', 'store/rejected', 'store/not-found')) throw error;
      const head = await this.#head(keys[0] ?? '', undefined, signal);
      if (!head) return false;
      this.#isOn = head.VersionId !== undefined;
    }
    return this.#isOn;
  }

  /** @param more gets the keys of which there are more versions than one listing holds */
  async *#versionsOf(
    keys: readonly string[],
    more: string[],
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Doomed> {
    for await (const { key, versions, markers } of findVersions(this.#requests, keys, signal)) {
      if (Math.max(versions.length, markers.length) >= VERSIONS_HELD) more.push(key);
      yield* versions;
      // Last: what they hid stays hidden until it is gone.
      yield* markers;
    }
  }

  async #makeCurrent(
    first: ObjectVersion,
    found: KeyVersions,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const current = historyOf(found)?.current;
    if (!current) return false;
    if (current.versionId === first.versionId || hasSameBytes(current, first)) return true;
    const again = async (): Promise<void> => {
      await this.#put(first.key, await this.#read(first, signal), signal);
    };
    await withRetries(again, this.#requests.retryOptions(), signal);
    return true;
  }

  async #read(version: ObjectVersion, signal: AbortSignal | undefined): Promise<StorableBytes> {
    const { client, settings } = this.#requests;
    const { key, versionId } = version;
    const address = { ...this.#address(key, versionId), ...encryptionOfRead(settings) };
    const doing = `read the first version of ${key} in ${settings.location}`;
    return this.#requests.run(doing, signal, async (send) => {
      const answer = await client.send(new GetObjectCommand(address), send);
      const bytes = await answer.Body?.transformToByteArray();
      if (bytes?.length !== version.sizeBytes) throw notFound(settings.location, key);
      // What the store gave is what somebody stored there.
      return bytes as StorableBytes;
    });
  }

  async #head(key: string, versionId: string | undefined, signal: AbortSignal | undefined) {
    const { client, settings } = this.#requests;
    const address = { ...this.#address(key, versionId), ...encryptionOfRead(settings) };
    const doing = `look at ${key} in ${settings.location}`;
    try {
      return await this.#requests.run(doing, signal, (send) =>
        client.send(new HeadObjectCommand(address), send),
      );
    } catch (error) {
      if (isFailure(error, 'store/not-found')) return undefined;
      throw error;
    }
  }

  #address(key: string, versionId: string | undefined) {
    return {
      Bucket: this.#requests.settings.bucket,
      Key: this.#requests.fullKey(key),
      ...(versionId !== undefined && { VersionId: versionId }),
    };
  }
}

/** Whether that is certain: others may be the same, too. */
function hasSameBytes(a: ObjectVersion, b: ObjectVersion): boolean {
  const alike = !a.isDeleteMarker && a.sizeBytes === b.sizeBytes;
  return alike && a.etag !== undefined && a.etag === b.etag;
}

async function* batches<T>(
  items: Iterable<T> | AsyncIterable<T>,
  size: number,
): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
