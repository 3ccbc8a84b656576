import {
  CreateBucketCommand,
  DeleteBucketEncryptionCommand,
  DeleteBucketTaggingCommand,
  GetBucketEncryptionCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  PutBucketEncryptionCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3';
import type { S3Client, ServerSideEncryptionRule, Tag } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startS3 } from '../../support/start-s3.ts';
import type { TestS3 } from '../../support/start-s3.ts';

let s3: TestS3;
let client: S3Client;
const Bucket = 'settings';

beforeAll(async () => {
  s3 = await startS3();
  client = s3.client('full');
  await client.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => s3.stop());

describe('versioning', () => {
  const status = async () => (await client.send(new GetBucketVersioningCommand({ Bucket }))).Status;
  const set = (Status: 'Enabled' | 'Suspended', rest: object = {}) =>
    client.send(
      new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status, ...rest } }),
    );

  it('is off until it is switched on, and then never off again, only suspended', async () => {
    expect(await status()).toBeUndefined();
    await set('Enabled');
    expect(await status()).toBe('Enabled');
    await set('Suspended');
    expect(await status()).toBe('Suspended');
    await expect(set('Off' as 'Enabled')).rejects.toMatchObject({ name: 'MalformedXML' });
    expect(await status()).toBe('Suspended');
  });

  it('with MFA delete is not there', async () => {
    const mfa = set('Enabled', { MFADelete: 'Enabled' });
    await expect(mfa).rejects.toMatchObject({ name: 'NotImplemented' });
  });

  it('cannot be suspended where objects are locked', async () => {
    const locked = { Bucket: 'locked', ObjectLockEnabledForBucket: true };
    await client.send(new CreateBucketCommand(locked));
    const suspend = client.send(
      new PutBucketVersioningCommand({
        Bucket: 'locked',
        VersioningConfiguration: { Status: 'Suspended' },
      }),
    );
    await expect(suspend).rejects.toMatchObject({ name: 'InvalidBucketState' });
  });
});

describe('encryption', () => {
  const put = (...Rules: ServerSideEncryptionRule[]) =>
    client.send(
      new PutBucketEncryptionCommand({
        Bucket,
        ServerSideEncryptionConfiguration: { Rules },
      }),
    );
  const get = async () => {
    const answer = await client.send(new GetBucketEncryptionCommand({ Bucket }));
    return answer.ServerSideEncryptionConfiguration?.Rules;
  };
  const byDefault = (SSEAlgorithm: string, KMSMasterKeyID?: string) => ({
    ApplyServerSideEncryptionByDefault: {
      SSEAlgorithm: SSEAlgorithm as 'AES256',
      ...(KMSMasterKeyID !== undefined && { KMSMasterKeyID }),
    },
  });

  it('is AES256 where nothing was said', async () => {
    expect(await get()).toEqual([{ ...byDefault('AES256'), BucketKeyEnabled: false }]);
  });

  it('can be by a KMS, under either name, and be taken back', async () => {
    await put({ ...byDefault('aws:kms', 'alias/backups'), BucketKeyEnabled: true });
    expect(await get()).toEqual([
      { ...byDefault('aws:kms', 'alias/backups'), BucketKeyEnabled: true },
    ]);
    await put(byDefault('cyb:kms'));
    expect(await get()).toEqual([{ ...byDefault('aws:kms'), BucketKeyEnabled: false }]);
    await client.send(new DeleteBucketEncryptionCommand({ Bucket }));
    expect(await get()).toEqual([{ ...byDefault('AES256'), BucketKeyEnabled: false }]);
  });

  it.each([
    ['MalformedXML', [byDefault('ROT13')]],
    ['MalformedXML', []],
    ['MalformedXML', [byDefault('AES256'), byDefault('AES256')]],
    ['NotImplemented', [byDefault('aws:kms:dsse')]],
    ['InvalidArgument', [byDefault('AES256', 'alias/backups')]],
    ['InvalidArgument', [byDefault('aws:kms', 'a key')]],
  ])('is refused with %s as %j', async (name, rules) => {
    await expect(put(...rules)).rejects.toMatchObject({ name });
    expect(s3.server.backend.catalog.bucket(Bucket)?.encryption).toBeUndefined();
  });
});

describe('tags', () => {
  const put = (TagSet: Tag[]) =>
    client.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
  const get = async () => (await client.send(new GetBucketTaggingCommand({ Bucket }))).TagSet;
  const many = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ Key: `key ${i}`, Value: `${i}` }));

  it('are kept as they are, fifty of them, and removed', async () => {
    await expect(get()).rejects.toMatchObject({ name: 'NoSuchTagSet' });
    await put([{ Key: '__proto__', Value: 'ö=/' }]);
    expect(await get()).toEqual([{ Key: '__proto__', Value: 'ö=/' }]);
    await put(many(50));
    expect(await get()).toEqual(many(50));
    await client.send(new DeleteBucketTaggingCommand({ Bucket }));
    await expect(get()).rejects.toMatchObject({ name: 'NoSuchTagSet' });
  });

  it.each([
    [many(51)],
    [
      [
        { Key: 'a', Value: '1' },
        { Key: 'a', Value: '2' },
      ],
    ],
    [[{ Key: '', Value: '1' }]],
    [[{ Key: 'a\u{1f600}', Value: '1' }]],
    [[{ Key: 'aws:mine', Value: '1' }]],
    [[{ Key: 'a', Value: 'x'.repeat(257) }]],
  ])('are refused as InvalidTag (%#)', async (tags) => {
    await expect(put(tags)).rejects.toMatchObject({ name: 'InvalidTag' });
  });
});
