/**
 * Deletes many objects or versions, hundreds a request. Locks are never got round: nothing here asks the
 * server to bypass one.
 * @module
 */
import type { _Error as RefusedObject, DeleteObjectsCommandOutput } from '@aws-sdk/client-s3';
import { AppError, isFailure } from '../../../base/failure.ts';
import { forEachConcurrent } from '../../../base/flow.ts';
import { withRetries } from '../../retry.ts';
import { encryptionOfRead } from '../encryption.ts';
import { s3Failure } from '../failure.ts';
import { notAListing } from '../listing.ts';
import type { S3Requests } from '../requests.ts';
import { holds } from './object-lock.ts';
import { DeleteObjectCommand, DeleteObjectsCommand, HeadObjectCommand } from '../client/sdk.ts';

/** An object, or one version of it. */
export interface Doomed {
  readonly key: string;
  /** Absent only in a bucket that keeps no versions. */
  readonly versionId?: string;
}

/** The most that one request may name. */
export const DELETES_A_REQUEST = 1000;
/** Ceph takes 10 to 40 ms for each version, one after the other: a thousand might look like a stalled server. */
export const VERSIONS_A_REQUEST = 250;
export const DELETE_REQUESTS_AT_ONCE = 4;
const SINGLE_DELETES_AT_ONCE = 8;

interface Refusal extends Doomed {
  readonly failure: AppError;
}

export class VersionDeleter {
  readonly #requests: S3Requests;
  /** Some servers do not know the request for many, or want another checksum with it. */
  #oneByOne = false;

  constructor(requests: S3Requests) {
    this.#requests = requests;
  }

  /**
   * @param doomed at most `DELETES_A_REQUEST`
   * @returns keys of those that a lock holds
   * @throws AppError `store/denied`, `store/…`: some may be deleted then
   */
  async delete(doomed: readonly Doomed[], signal: AbortSignal | undefined): Promise<Set<string>> {
    const refusals = await withRetries(
      () => this.#attempt(doomed, signal),
      this.#requests.retryOptions(),
      signal,
    );
    const locked = new Set<string>();
    for (const refusal of refusals) {
      if (!(await this.#isLocked(refusal, signal))) throw refusal.failure;
      locked.add(refusal.key);
    }
    return locked;
  }

  async #attempt(doomed: readonly Doomed[], signal: AbortSignal | undefined): Promise<Refusal[]> {
    if (doomed.length > 1 && !this.#oneByOne) {
      try {
        return await this.#together(doomed, signal);
      } catch (error) {
        const unknown = isFailure(error, 'store/rejected') && error.detail['httpStatus'] !== 200;
        if (!unknown) throw error;
        this.#oneByOne = true;
      }
    }
    const refusals: Refusal[] = [];
    await forEachConcurrent(doomed, SINGLE_DELETES_AT_ONCE, async (one) => {
      const failure = await this.#alone(one, signal);
      if (failure) refusals.push({ ...one, failure });
    });
    return refusals;
  }

  async #together(doomed: readonly Doomed[], signal: AbortSignal | undefined): Promise<Refusal[]> {
    const { client, settings } = this.#requests;
    const Objects = doomed.map(({ key, versionId }) => ({
      Key: this.#requests.fullKey(key),
      ...(versionId !== undefined && { VersionId: versionId }),
    }));
    const command = new DeleteObjectsCommand({ Bucket: settings.bucket, Delete: { Objects } });
    const doing = `delete ${doomed.length} objects from ${settings.location}`;
    const answer = await this.#requests.run(doing, signal, (send) => client.send(command, send));
    const { Errors = [] } = answer;
    if (settled(answer) < distinct(doomed)) throw notAListing(settings.host);
    return Errors.flatMap((refused) => this.#refusal(refused, signal) ?? []);
  }

  async #alone(one: Doomed, signal: AbortSignal | undefined): Promise<AppError | undefined> {
    const { client, settings } = this.#requests;
    const command = new DeleteObjectCommand(this.#address(one));
    const doing = `delete ${one.key} from ${settings.location}`;
    try {
      await this.#requests.run(doing, signal, (send) => client.send(command, send));
    } catch (error) {
      if (isFailure(error, 'store/denied')) return error;
      if (saysLocked(error)) return error;
      if (!isFailure(error, 'store/not-found')) throw error;
    }
    return undefined;
  }

  /** @throws the failure where it is none of a lock or of rights */
  #refusal(refused: RefusedObject, signal: AbortSignal | undefined): Refusal | undefined {
    const { Code = 'InternalError', Message = '', VersionId } = refused;
    const base = this.#requests.fullKey('');
    const key = (refused.Key ?? '').slice(base.length);
    const error = { Code, message: Message, $metadata: { httpStatusCode: statusOf(Code) } };
    const { host, location } = this.#requests.settings;
    const doing = `delete ${key} from ${location}`;
    const failure = s3Failure(error, { doing, host, signal, answered: true });
    if (isFailure(failure, 'store/not-found')) return undefined;
    const final = isFailure(failure, 'store/denied') || saysLocked(failure);
    if (!final) throw failure;
    return { key, failure, ...(VersionId !== undefined && { versionId: VersionId }) };
  }

  /** Most servers say so; the others are asked whether there is a lock. */
  async #isLocked(refusal: Refusal, signal: AbortSignal | undefined): Promise<boolean> {
    if (saysLocked(refusal.failure)) return true;
    const { client, serverClock, settings } = this.#requests;
    const address = { ...this.#address(refusal), ...encryptionOfRead(settings) };
    const doing = `look at the lock of ${refusal.key} in ${settings.location}`;
    try {
      const head = await this.#requests.run(doing, signal, (send) =>
        client.send(new HeadObjectCommand(address), send),
      );
      return holds(head, serverClock.nowMs());
    } catch (error) {
      if (error instanceof AppError && error.code.startsWith('store/')) return false;
      throw error;
    }
  }

  #address({ key, versionId }: Doomed) {
    return {
      Bucket: this.#requests.settings.bucket,
      Key: this.#requests.fullKey(key),
      ...(versionId !== undefined && { VersionId: versionId }),
    };
  }
}

/** AWS: "… protected by object lock", Ceph: "forbidden by object lock", MinIO: "… is WORM protected …". */
function saysLocked(error: unknown): error is AppError {
  return error instanceof AppError && /object.?lock|WORM/i.test(error.message);
}

function settled({ Deleted = [], Errors = [] }: DeleteObjectsCommandOutput): number {
  return Deleted.length + Errors.length;
}

function distinct(doomed: readonly Doomed[]): number {
  return new Set(doomed.map(({ key, versionId }) => `${key} ${versionId}`)).size;
}

/** The status that goes with a code inside an answer that has 200 itself. */
function statusOf(code: string): number {
  if (code === 'AccessDenied') return 403;
  if (code === 'NoSuchKey' || code === 'NoSuchVersion') return 404;
  return code === 'InternalError' ? 500 : 400;
}
