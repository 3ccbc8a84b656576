import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketEncryptionCommand,
  DeleteBucketLifecycleCommand,
  DeleteBucketPolicyCommand,
  DeleteBucketTaggingCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
} from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY_MS, startSteeredS3 } from './steered-s3.ts';
import type { SteeredS3 } from './steered-s3.ts';

let steered: SteeredS3;
let owner: S3Client;
let thief: S3Client;
const Bucket = 'vault';
const Key = 'backup';
let VersionId: string | undefined;

const ALLOW_ALL = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: `arn:aws:s3:::${Bucket}*` },
  ],
});

beforeAll(async () => {
  steered = await startSteeredS3();
  owner = steered.client('full');
  thief = steered.client('write-once');
  await owner.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
  // Even where a careless policy allows everything to everybody.
  await owner.send(new PutBucketPolicyCommand({ Bucket, Policy: ALLOW_ALL }));
  ({ VersionId } = await owner.send(
    new PutObjectCommand({
      Bucket,
      Key,
      Body: 'precious',
      ObjectLockMode: 'GOVERNANCE',
      ObjectLockRetainUntilDate: new Date(steered.nowMs() + 10 * DAY_MS),
    }),
  ));
});
afterAll(() => steered.s3.stop());

const retain = (Mode: 'GOVERNANCE' | 'COMPLIANCE', days: number, bypass = false) =>
  new PutObjectRetentionCommand({
    Bucket,
    Key,
    Retention: { Mode, RetainUntilDate: new Date(steered.nowMs() + days * DAY_MS) },
    BypassGovernanceRetention: bypass,
  });

/** What would wipe the vault, at once or in a while. */
const attempts: Readonly<Record<string, (client: S3Client) => Promise<unknown>>> = {
  'delete the object': (c) => c.send(new DeleteObjectCommand({ Bucket, Key })),
  'delete the version': (c) => c.send(new DeleteObjectCommand({ Bucket, Key, VersionId })),
  'delete the version with the bypass': (c) =>
    c.send(new DeleteObjectCommand({ Bucket, Key, VersionId, BypassGovernanceRetention: true })),
  'overwrite the object': (c) => c.send(new PutObjectCommand({ Bucket, Key, Body: 'junk' })),
  'shorten the retention': (c) => c.send(retain('GOVERNANCE', 1)),
  'shorten the retention with the bypass': (c) => c.send(retain('GOVERNANCE', 1, true)),
  'take the retention away': (c) =>
    c.send(
      new PutObjectRetentionCommand({
        Bucket,
        Key,
        Retention: {},
        BypassGovernanceRetention: true,
      }),
    ),
  'suspend versioning': (c) =>
    c.send(
      new PutBucketVersioningCommand({
        Bucket,
        VersioningConfiguration: { Status: 'Suspended' },
      }),
    ),
  'change the default retention': (c) =>
    c.send(
      new PutObjectLockConfigurationCommand({
        Bucket,
        ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled' },
      }),
    ),
  'let a lifecycle do it': (c) =>
    c.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket,
        LifecycleConfiguration: {
          Rules: [{ Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 1 } }],
        },
      }),
    ),
  'remove the lifecycle': (c) => c.send(new DeleteBucketLifecycleCommand({ Bucket })),
  'write a policy': (c) => c.send(new PutBucketPolicyCommand({ Bucket, Policy: ALLOW_ALL })),
  'remove the policy': (c) => c.send(new DeleteBucketPolicyCommand({ Bucket })),
  'change the encryption': (c) =>
    c.send(
      new PutBucketEncryptionCommand({
        Bucket,
        ServerSideEncryptionConfiguration: {
          Rules: [
            {
              ApplyServerSideEncryptionByDefault: {
                SSEAlgorithm: 'aws:kms',
                KMSMasterKeyID: 'the-thief-s-key',
              },
            },
          ],
        },
      }),
    ),
  'remove the encryption': (c) => c.send(new DeleteBucketEncryptionCommand({ Bucket })),
  'set tags of the bucket': (c) =>
    c.send(
      new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } }),
    ),
  'remove tags of the bucket': (c) => c.send(new DeleteBucketTaggingCommand({ Bucket })),
  'remove the bucket': (c) => c.send(new DeleteBucketCommand({ Bucket })),
};

describe('who has stolen a write-once key', () => {
  it.each(Object.keys(attempts))('cannot %s', async (what) => {
    const before = steered.s3.server.backend.catalog.bucket(Bucket);
    await expect(attempts[what]?.(thief)).rejects.toMatchObject({ name: 'AccessDenied' });
    const { catalog } = steered.s3.server.backend;
    expect(catalog.bucket(Bucket)).toEqual(before);
    expect(catalog.versionsOf(Bucket, Key)).toHaveLength(1);
    const { Body } = await owner.send(new GetObjectCommand({ Bucket, Key }));
    expect(await Body?.transformToString()).toBe('precious');
  });

  it('cannot delete several at once', async () => {
    const Objects = [{ Key }, { Key, VersionId }, { Key: 'none' }];
    const outcome = await thief
      .send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
      .then(({ Deleted = [] }) => Deleted.length)
      .catch((error: Error) => error.name);
    expect([0, 'AccessDenied']).toContain(outcome);
    expect(steered.s3.server.backend.catalog.versionsOf(Bucket, Key)).toHaveLength(1);
  });

  it('can make a retention longer, and store what is new', async () => {
    await thief.send(retain('GOVERNANCE', 20));
    await thief.send(new PutObjectCommand({ Bucket, Key: 'new', Body: 'x' }));
    await thief.send(new CreateBucketCommand({ Bucket: 'another' }));
  });

  it('has no more rights with a read key', async () => {
    const reader = steered.client('read');
    for (const attempt of Object.values(attempts)) {
      await expect(attempt(reader)).rejects.toMatchObject({ name: 'AccessDenied' });
    }
    await expect(reader.send(retain('GOVERNANCE', 30))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
  });
});
