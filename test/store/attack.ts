/**
 * What somebody does who stole the keys of a bucket and wants its data gone.
 * @module
 */
import {
  DeleteBucketCommand,
  DeleteBucketLifecycleCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
} from '@aws-sdk/client-s3';
import type { ObjectLockRetentionMode, S3Client } from '@aws-sdk/client-s3';
import type { Version } from './locked-bucket.ts';

/** `done`, or the code that the server refused with. */
async function outcomeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'done',
    (error: Error) => error.name,
  );
}

/** Everything that would destroy one version. @returns what came of each try */
export async function destroyVersion(
  client: S3Client,
  bucket: string,
  version: Version,
  bypass: boolean,
): Promise<Record<string, string>> {
  const { Key, VersionId } = version;
  const at = { Bucket: bucket, Key, VersionId };
  const BypassGovernanceRetention = bypass ? true : undefined;
  const soon = new Date(Date.now() + 5000);
  const shorten = (Mode: ObjectLockRetentionMode) =>
    new PutObjectRetentionCommand({
      ...at,
      BypassGovernanceRetention,
      Retention: { Mode, RetainUntilDate: soon },
    });
  const together = async (): Promise<void> => {
    const Delete = { Objects: [{ Key, VersionId }] };
    const command = { Bucket: bucket, Delete, BypassGovernanceRetention };
    const { Errors = [] } = await client.send(new DeleteObjectsCommand(command));
    if (Errors[0]) throw Object.assign(new Error('refused'), { name: Errors[0].Code });
  };
  return {
    delete: await outcomeOf(
      client.send(new DeleteObjectCommand({ ...at, BypassGovernanceRetention })),
    ),
    deleteTogether: await outcomeOf(together()),
    shortenGovernance: await outcomeOf(client.send(shorten('GOVERNANCE'))),
    shortenCompliance: await outcomeOf(client.send(shorten('COMPLIANCE'))),
  };
}

/** Everything that would destroy the bucket or turn its locks off. */
export async function destroyBucket(
  client: S3Client,
  bucket: string,
): Promise<Record<string, string>> {
  const Bucket = bucket;
  const suspend = { Bucket, VersioningConfiguration: { Status: 'Suspended' } } as const;
  const disable = {
    Bucket,
    ObjectLockConfiguration: { ObjectLockEnabled: 'Disabled' as 'Enabled' },
  };
  return {
    deleteBucket: await outcomeOf(client.send(new DeleteBucketCommand({ Bucket }))),
    suspendVersioning: await outcomeOf(client.send(new PutBucketVersioningCommand(suspend))),
    disableLock: await outcomeOf(client.send(new PutObjectLockConfigurationCommand(disable))),
  };
}

/** Has the server itself delete everything, and whatever is not current, tomorrow. */
export async function expireAll(client: S3Client, bucket: string): Promise<void> {
  const rule = {
    ID: 'all',
    Status: 'Enabled' as const,
    Filter: { Prefix: '' },
    Expiration: { Days: 1 },
    NoncurrentVersionExpiration: { NoncurrentDays: 1 },
  };
  const LifecycleConfiguration = { Rules: [rule] };
  const command = { Bucket: bucket, LifecycleConfiguration };
  await client.send(new PutBucketLifecycleConfigurationCommand(command));
}

/** What the owner does first of all, or it goes on. */
export async function forgetExpiry(client: S3Client, bucket: string): Promise<void> {
  await client.send(new DeleteBucketLifecycleCommand({ Bucket: bucket }));
}

/** Writes over each key; some of it locked, so that it can't be removed again. */
export async function overwriteAll(
  client: S3Client,
  bucket: string,
  keys: readonly string[],
  lockedUntil: Date,
): Promise<void> {
  for (const [n, Key] of keys.entries()) {
    const put = { Bucket: bucket, Key, Body: `ransom ${n}` };
    await client.send(new PutObjectCommand(put));
    if (n % 3 !== 0) continue;
    const lock = { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: lockedUntil } as const;
    await client.send(new PutObjectCommand({ ...put, ...lock }));
  }
}

/** Puts delete markers on keys. */
export async function hideAll(
  client: S3Client,
  bucket: string,
  keys: readonly string[],
): Promise<void> {
  for (const Key of keys) await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
}
