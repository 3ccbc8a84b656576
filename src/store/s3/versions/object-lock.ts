/**
 * Object Lock: what asks for it on a write, what shows that it is there, and what sets it anew.
 * @module
 */
import { AppError, isFailure } from '../../../base/failure.ts';
import { withRetries } from '../../retry.ts';
import type { ObjectLock } from '../config.ts';
import type { S3Requests } from '../requests.ts';
import {
  GetObjectLockConfigurationCommand,
  HeadBucketCommand,
  PutObjectRetentionCommand,
} from '../client/sdk.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const NO_LOCK_HINT =
  'make a new bucket with Object Lock enabled (such as `aws s3api create-bucket ' +
  '--object-lock-enabled-for-bucket`); few servers can switch it on later';

/** The part of HeadObject's answer that tells. */
export interface LockAnswer {
  readonly ObjectLockMode?: string | undefined;
  readonly ObjectLockRetainUntilDate?: Date | undefined;
  readonly ObjectLockLegalHoldStatus?: string | undefined;
}

/** Whether an object may not be deleted now. */
export function holds(answer: LockAnswer, nowMs = -Infinity): boolean {
  const untilMs = answer.ObjectLockRetainUntilDate?.getTime() ?? -Infinity;
  return untilMs > nowMs || answer.ObjectLockLegalHoldStatus === 'ON';
}

/** A moment in ms since 1970, in whole seconds: some servers keep no more. */
export async function lockEndMs(requests: S3Requests, lock: ObjectLock): Promise<number> {
  const nowMs = requests.serverClock.nowMs() ?? (await askTime(requests));
  return Math.ceil((nowMs + lock.days * DAY_MS) / 1000) * 1000;
}

/** For PutObject and CreateMultipartUpload. AWS wants a checksum with it, whatever it wants otherwise. */
export function lockOfWrite({ mode }: ObjectLock, untilMs: number) {
  return {
    ObjectLockMode: modeName(mode),
    ObjectLockRetainUntilDate: new Date(untilMs),
    ChecksumAlgorithm: 'CRC32',
  } as const;
}

/** Whether an object is locked at least so: compliance is more than governance. */
export function isLockedUntil(lock: ObjectLock, untilMs: number, answer: LockAnswer): boolean {
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until } = answer;
  const strong = mode === 'COMPLIANCE' || mode === modeName(lock.mode);
  return strong && (until?.getTime() ?? 0) >= untilMs;
}

/**
 * Locks one version that is stored already. The server refuses to make a lock shorter.
 * @throws AppError `store/…`
 */
export async function setLock(
  requests: S3Requests,
  lock: ObjectLock,
  version: { readonly key: string; readonly versionId: string | undefined },
  untilMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { client, settings } = requests;
  const command = new PutObjectRetentionCommand({
    Bucket: settings.bucket,
    Key: requests.fullKey(version.key),
    ...(version.versionId !== undefined && { VersionId: version.versionId }),
    Retention: { Mode: modeName(lock.mode), RetainUntilDate: new Date(untilMs) },
  });
  const doing = `lock ${version.key} in ${settings.location}`;
  await withRetries(
    () => requests.run(doing, signal, (send) => client.send(command, send)),
    requests.retryOptions(),
    signal,
  );
}

/** The failure for an object that was to be locked, and is not. */
export function notLocked(key: string, location: string): AppError {
  return new AppError('store/rejected', `${key} in ${location} is not locked as told`, {
    hint: NO_LOCK_HINT,
    detail: { key },
  });
}

/** @throws AppError `store/config` where the bucket locks nothing */
export async function requireBucketLocks(
  requests: S3Requests,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { client, settings } = requests;
  const { bucket } = settings;
  const command = new GetObjectLockConfigurationCommand({ Bucket: bucket });
  const none = (cause?: unknown): AppError =>
    new AppError('store/config', `the bucket ${bucket} has no Object Lock`, {
      hint: NO_LOCK_HINT,
      cause,
    });
  const doing = `ask whether the bucket ${bucket} has Object Lock`;
  const answer = await withRetries(
    () => requests.run(doing, signal, (send) => client.send(command, send)),
    requests.retryOptions(),
    signal,
  ).catch((error: unknown) => {
    // That there is none is a 404 with AWS and Ceph; who does not know the question has none either.
    if (isFailure(error, 'store/not-found', 'store/rejected')) throw none(error);
    throw error;
  });
  if (answer.ObjectLockConfiguration?.ObjectLockEnabled !== 'Enabled') throw none();
}

function modeName(mode: ObjectLock['mode']) {
  return mode === 'compliance' ? 'COMPLIANCE' : 'GOVERNANCE';
}

/** Any answer tells the time. */
async function askTime(requests: S3Requests): Promise<number> {
  const { client, serverClock, settings } = requests;
  const command = new HeadBucketCommand({ Bucket: settings.bucket });
  const doing = `ask the time of ${settings.host}`;
  await requests
    .run(doing, undefined, (send) => client.send(command, send))
    .catch((error: unknown) => {
      if (!isFailure(error, 'store/denied')) throw error;
    });
  const nowMs = serverClock.nowMs();
  if (nowMs !== undefined) return nowMs;
  throw new AppError('store/rejected', `${settings.host} tells no time, which locks need`);
}
