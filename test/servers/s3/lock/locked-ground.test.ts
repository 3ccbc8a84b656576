import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY_MS, startSteeredS3 } from './steered-s3.ts';
import type { SteeredS3 } from './steered-s3.ts';

let steered: SteeredS3;
let client: S3Client;
const denied = { name: 'AccessDenied' };

beforeAll(async () => {
  steered = await startSteeredS3();
  client = steered.client('full');
});
afterAll(() => steered.s3.stop());

const RetainUntilDate = () => new Date(steered.nowMs() + DAY_MS);

describe('a bucket with locked versions', () => {
  it('is not deleted, with a marker on top of them or without', async () => {
    const Bucket = 'kept';
    await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
    const ObjectLockRetainUntilDate = RetainUntilDate();
    const lock = { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate } as const;
    await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ...lock }));
    const remove = () => client.send(new DeleteBucketCommand({ Bucket }));
    await expect(remove()).rejects.toMatchObject({ name: 'BucketNotEmpty' });
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
    await expect(remove()).rejects.toMatchObject({ name: 'BucketNotEmpty' });
    const { Versions } = await client.send(new ListObjectVersionsCommand({ Bucket }));
    expect(Versions).toHaveLength(1);
  });
});

describe('a null version that is locked', () => {
  const Key = 'old';

  /** Of a bucket that kept no versions when it was stored. */
  async function bucketWith(Bucket: string, lock: 'GOVERNANCE' | 'COMPLIANCE' | 'hold') {
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await client.send(new CreateBucketCommand({ Bucket }));
    await client.send(new PutObjectCommand({ Bucket, Key, Body: 'locked' }));
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled' } as const;
    await client.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
    const named = { Bucket, Key, VersionId: 'null' };
    if (lock === 'hold') {
      const LegalHold = { Status: 'ON' } as const;
      await client.send(new PutObjectLegalHoldCommand({ ...named, LegalHold }));
    } else {
      const Retention = { Mode: lock, RetainUntilDate: RetainUntilDate() };
      await client.send(new PutObjectRetentionCommand({ ...named, Retention }));
    }
  }

  /** What is done only by a state of the catalog that no request leads to. */
  async function suspend(Bucket: string): Promise<void> {
    const { catalog } = steered.s3.server.backend;
    await catalog.write(() => catalog.updateBucket(Bucket, { versioning: 'Suspended' }));
  }

  async function completed(Bucket: string): Promise<unknown> {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const part = { Bucket, Key, UploadId, PartNumber: 1 };
    const { ETag } = await client.send(new UploadPartCommand({ ...part, Body: 'parts' }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    const complete = { Bucket, Key, UploadId, MultipartUpload };
    return client.send(new CompleteMultipartUploadCommand(complete));
  }

  const BypassGovernanceRetention = true;

  it.each(['GOVERNANCE', 'COMPLIANCE', 'hold'] as const)(
    'is not replaced where versions are suspended all the same: %s',
    async (lock) => {
      const Bucket = `null-${lock.toLowerCase()}`;
      await bucketWith(Bucket, lock);
      const VersioningConfiguration = { Status: 'Suspended' } as const;
      const asked = new PutBucketVersioningCommand({ Bucket, VersioningConfiguration });
      await expect(client.send(asked)).rejects.toMatchObject({ name: 'InvalidBucketState' });
      await suspend(Bucket);
      const put = new PutObjectCommand({ Bucket, Key, Body: 'new' });
      await expect(client.send(put)).rejects.toMatchObject(denied);
      const source = { CopySource: `${Bucket}/${Key}`, MetadataDirective: 'REPLACE' } as const;
      const copy = new CopyObjectCommand({ Bucket, Key, ...source });
      await expect(client.send(copy)).rejects.toMatchObject(denied);
      await expect(completed(Bucket)).rejects.toMatchObject(denied);
      const bury = new DeleteObjectCommand({ Bucket, Key });
      await expect(client.send(bury)).rejects.toMatchObject(denied);
      if (lock !== 'GOVERNANCE') {
        const named = { Bucket, Key, VersionId: 'null', BypassGovernanceRetention };
        const remove = new DeleteObjectCommand(named);
        await expect(client.send(remove)).rejects.toMatchObject(denied);
      }
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      expect(await Body?.transformToString()).toBe('locked');
    },
  );

  it('stays under an upload that is completed where versions are kept', async () => {
    const Bucket = 'null-under';
    await bucketWith(Bucket, 'COMPLIANCE');
    await completed(Bucket);
    const { Versions } = await client.send(new ListObjectVersionsCommand({ Bucket }));
    expect(Versions).toHaveLength(2);
    const old = new GetObjectCommand({ Bucket, Key, VersionId: 'null' });
    expect(await (await client.send(old)).Body?.transformToString()).toBe('locked');
  });
});
