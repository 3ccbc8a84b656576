import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectLegalHoldCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { ObjectLockRetention, ObjectLockRule, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY_MS, startSteeredS3 } from './steered-s3.ts';
import type { SteeredS3 } from './steered-s3.ts';

let steered: SteeredS3;
let client: S3Client;
const Bucket = 'locked';
const denied = { name: 'AccessDenied' };

beforeAll(async () => {
  steered = await startSteeredS3();
  client = steered.client('full');
  await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
});
afterAll(() => steered.s3.stop());

const inDays = (days: number) => new Date(Math.floor(steered.nowMs()) + days * DAY_MS);

async function put(Key: string, lock: object = {}): Promise<string> {
  const { VersionId } = await client.send(
    new PutObjectCommand({ Bucket, Key, Body: Key, ...lock }),
  );
  return VersionId ?? '';
}
const remove = (Key: string, VersionId: string, BypassGovernanceRetention?: true, who = client) =>
  who.send(
    new DeleteObjectCommand({
      Bucket,
      Key,
      VersionId,
      ...(BypassGovernanceRetention && { BypassGovernanceRetention }),
    }),
  );
const retain = (Key: string, Retention: ObjectLockRetention, rest: object = {}, who = client) =>
  who.send(new PutObjectRetentionCommand({ Bucket, Key, Retention, ...rest }));
const retentionOf = async (Key: string) => {
  return (await client.send(new GetObjectRetentionCommand({ Bucket, Key }))).Retention;
};
const hold = (Key: string, Status: 'ON' | 'OFF', who = client) =>
  who.send(new PutObjectLegalHoldCommand({ Bucket, Key, LegalHold: { Status } }));

describe('COMPLIANCE', () => {
  it('stops everybody until it ends', async () => {
    const lock = { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: inDays(1) };
    const version = await put('compliant', lock);
    await expect(remove('compliant', version)).rejects.toMatchObject(denied);
    await expect(remove('compliant', version, true)).rejects.toMatchObject(denied);
    const many = await client.send(
      new DeleteObjectsCommand({
        Bucket,
        Delete: { Objects: [{ Key: 'compliant', VersionId: version }] },
        BypassGovernanceRetention: true,
      }),
    );
    expect(many.Errors?.[0]?.Code).toBe('AccessDenied');
    steered.pass(DAY_MS - 60_000);
    await expect(remove('compliant', version)).rejects.toMatchObject(denied);
    steered.pass(60_001);
    await remove('compliant', version);
  });

  it('is made longer, never shorter, weaker, or taken away', async () => {
    const until = inDays(10);
    await put('longer', { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: until });
    const bypass = { BypassGovernanceRetention: true };
    for (const rest of [{}, bypass]) {
      for (const less of [
        { Mode: 'COMPLIANCE', RetainUntilDate: new Date(until.getTime() - 1) } as const,
        { Mode: 'GOVERNANCE', RetainUntilDate: inDays(20) } as const,
        {},
      ]) {
        await expect(retain('longer', less, rest)).rejects.toMatchObject(denied);
      }
    }
    expect(await retentionOf('longer')).toEqual({ Mode: 'COMPLIANCE', RetainUntilDate: until });
    const more = { Mode: 'COMPLIANCE', RetainUntilDate: inDays(11) } as const;
    await retain('longer', more);
    expect(await retentionOf('longer')).toEqual(more);
  });
});

describe('GOVERNANCE', () => {
  it('lets a full key through that asks for it, and nobody else', async () => {
    const lock = { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: inDays(1) };
    const version = await put('governed', lock);
    await expect(remove('governed', version)).rejects.toMatchObject(denied);
    const once = steered.client('write-once');
    await expect(remove('governed', version, true, once)).rejects.toMatchObject(denied);
    await remove('governed', version, true);
    const head = client.send(new HeadObjectCommand({ Bucket, Key: 'governed' }));
    await expect(head).rejects.toMatchObject({ name: 'NotFound' });
  });

  it('is made longer and stricter by anybody, shorter and weaker with the bypass', async () => {
    const until = inDays(10);
    await put('both', { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: until });
    const shorter = { Mode: 'GOVERNANCE', RetainUntilDate: inDays(5) } as const;
    const bypass = { BypassGovernanceRetention: true };
    await expect(retain('both', shorter)).rejects.toMatchObject(denied);
    await expect(retain('both', {})).rejects.toMatchObject(denied);
    await retain('both', shorter, bypass);
    expect(await retentionOf('both')).toEqual(shorter);
    await retain('both', {}, bypass);
    await expect(retentionOf('both')).rejects.toMatchObject({
      name: 'NoSuchObjectLockConfiguration',
    });
    await retain('both', shorter);
    const strict = { Mode: 'COMPLIANCE', RetainUntilDate: shorter.RetainUntilDate } as const;
    await retain('both', strict);
    await expect(retain('both', shorter, bypass)).rejects.toMatchObject(denied);
  });

  it('does not yield to a bypass that a policy denies', async () => {
    const own = 'policed';
    await client.send(new CreateBucketCommand({ Bucket: own, ObjectLockEnabledForBucket: true }));
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:BypassGovernanceRetention',
          Resource: `arn:aws:s3:::${own}/*`,
        },
        {
          Effect: 'Deny',
          Principal: '*',
          Action: ['s3:PutObject', 's3:PutObjectRetention'],
          Resource: `arn:aws:s3:::${own}/*`,
          Condition: { NumericGreaterThan: { 's3:object-lock-remaining-retention-days': 30 } },
        },
      ],
    });
    await client.send(new PutBucketPolicyCommand({ Bucket: own, Policy }));
    const { VersionId } = await client.send(
      new PutObjectCommand({
        Bucket: own,
        Key: 'k',
        Body: 'x',
        ObjectLockMode: 'GOVERNANCE',
        ObjectLockRetainUntilDate: inDays(1),
      }),
    );
    const options = { Bucket: own, Key: 'k', VersionId, BypassGovernanceRetention: true };
    await expect(client.send(new DeleteObjectCommand(options))).rejects.toMatchObject(denied);
    const retainFor = (days: number) =>
      client.send(
        new PutObjectRetentionCommand({
          Bucket: own,
          Key: 'k',
          Retention: { Mode: 'GOVERNANCE', RetainUntilDate: inDays(days) },
        }),
      );
    await retainFor(30);
    await expect(retainFor(31)).rejects.toMatchObject(denied);
    const tooLong = client.send(
      new PutObjectCommand({
        Bucket: own,
        Key: 'long',
        Body: 'x',
        ObjectLockMode: 'GOVERNANCE',
        ObjectLockRetainUntilDate: inDays(31),
      }),
    );
    await expect(tooLong).rejects.toMatchObject(denied);
  });
});

describe('a retention that has ended', () => {
  it('binds nobody, and is taken away by a full key only', async () => {
    const lock = { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: inDays(1) };
    await put('ended', lock);
    steered.pass(2 * DAY_MS);
    const once = steered.client('write-once');
    await expect(retain('ended', {}, {}, once)).rejects.toMatchObject(denied);
    await retain('ended', {});
    await expect(retain('ended', {}, {}, once)).rejects.toMatchObject(denied);
    await retain('ended', { Mode: 'GOVERNANCE', RetainUntilDate: inDays(1) }, {}, once);
  });
});

describe('a legal hold', () => {
  it('keeps a version until it is lifted, whatever its retention says', async () => {
    const version = await put('held', { ObjectLockLegalHoldStatus: 'ON' });
    const lock = { Mode: 'GOVERNANCE', RetainUntilDate: inDays(1) } as const;
    await retain('held', lock);
    await expect(remove('held', version, true)).rejects.toMatchObject(denied);
    const { LegalHold } = await client.send(new GetObjectLegalHoldCommand({ Bucket, Key: 'held' }));
    expect(LegalHold?.Status).toBe('ON');
    await hold('held', 'OFF');
    expect(await retentionOf('held')).toEqual(lock);
    await remove('held', version, true);
  });

  it('is put on by a write-once key, and lifted by a full one only', async () => {
    const once = steered.client('write-once');
    await put('once-held');
    await hold('once-held', 'ON', once);
    await expect(hold('once-held', 'OFF', once)).rejects.toMatchObject(denied);
    await expect(hold('once-held', 'OFF', steered.client('read'))).rejects.toMatchObject(denied);
    await hold('once-held', 'OFF');
  });
});

describe('the configuration of a bucket', () => {
  const configure = (bucket: string, Rule?: ObjectLockRule) =>
    client.send(
      new PutObjectLockConfigurationCommand({
        Bucket: bucket,
        ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', ...(Rule && { Rule }) },
      }),
    );
  const byDefault = (retention: ObjectLockRule['DefaultRetention']) => ({
    DefaultRetention: retention,
  });

  it('comes later only where versions are kept', async () => {
    const own = 'later';
    await client.send(new CreateBucketCommand({ Bucket: own }));
    const get = () => client.send(new GetObjectLockConfigurationCommand({ Bucket: own }));
    await expect(get()).rejects.toMatchObject({ name: 'ObjectLockConfigurationNotFoundError' });
    await expect(configure(own)).rejects.toMatchObject({ name: 'InvalidBucketState' });
    const locked = { Bucket: own, Key: 'k', ObjectLockLegalHoldStatus: 'ON' as const };
    const early = client.send(new PutObjectCommand({ ...locked, Body: 'x' }));
    await expect(early).rejects.toMatchObject({ name: 'InvalidRequest' });
    await client.send(
      new PutBucketVersioningCommand({
        Bucket: own,
        VersioningConfiguration: { Status: 'Enabled' },
      }),
    );
    await configure(own, byDefault({ Mode: 'GOVERNANCE', Years: 2 }));
    expect((await get()).ObjectLockConfiguration?.Rule).toEqual(
      byDefault({ Mode: 'GOVERNANCE', Years: 2 }),
    );
    await configure(own);
    expect((await get()).ObjectLockConfiguration?.Rule).toBeUndefined();
    await client.send(new PutObjectCommand({ ...locked, Body: 'x' }));
  });

  it('gives new objects a retention, uploads when they are completed', async () => {
    const own = 'defaults';
    await client.send(new CreateBucketCommand({ Bucket: own, ObjectLockEnabledForBucket: true }));
    await configure(own, byDefault({ Mode: 'COMPLIANCE', Days: 3 }));
    const begun = await client.send(new CreateMultipartUploadCommand({ Bucket: own, Key: 'big' }));
    steered.pass(DAY_MS);
    const upload = { Bucket: own, Key: 'big', UploadId: begun.UploadId };
    const part = await client.send(
      new UploadPartCommand({ ...upload, PartNumber: 1, Body: 'part' }),
    );
    const Parts = [{ PartNumber: 1, ETag: part.ETag }];
    await client.send(
      new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }),
    );
    await client.send(new PutObjectCommand({ Bucket: own, Key: 'small', Body: 'x' }));
    for (const Key of ['big', 'small']) {
      const head = await client.send(new HeadObjectCommand({ Bucket: own, Key }));
      expect(head.ObjectLockMode).toBe('COMPLIANCE');
      const until = head.ObjectLockRetainUntilDate?.getTime() ?? 0;
      expect(Math.abs(until - steered.nowMs() - 3 * DAY_MS)).toBeLessThan(30_000);
    }
  });

  it.each([
    ['MalformedXML', { Mode: 'GOVERNANCE', Days: 1, Years: 1 }],
    ['MalformedXML', { Mode: 'GOVERNANCE' }],
    ['MalformedXML', { Days: 1 }],
    ['MalformedXML', { Mode: 'SOFT' as 'GOVERNANCE', Days: 1 }],
    ['InvalidArgument', { Mode: 'GOVERNANCE', Days: 0 }],
    ['InvalidArgument', { Mode: 'GOVERNANCE', Days: -1 }],
    ['InvalidArgument', { Mode: 'GOVERNANCE', Days: 36_501 }],
    ['InvalidArgument', { Mode: 'GOVERNANCE', Years: 101 }],
  ] as const)('is refused with %s as %j', async (name, retention) => {
    await expect(configure(Bucket, byDefault(retention))).rejects.toMatchObject({ name });
  });
});

describe('a request for a lock', () => {
  it.each([
    { ObjectLockMode: 'COMPLIANCE' },
    { ObjectLockRetainUntilDate: new Date('2099-01-01') },
    { ObjectLockMode: 'SOFT', ObjectLockRetainUntilDate: new Date('2099-01-01') },
    { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: new Date('2020-01-01') },
    { ObjectLockLegalHoldStatus: 'MAYBE' },
  ])('that is half, unknown or too late stores nothing: %j', async (lock) => {
    await expect(put('half', lock)).rejects.toMatchObject({ name: 'InvalidArgument' });
    expect(steered.s3.server.backend.catalog.latest(Bucket, 'half')).toBeUndefined();
  });

  it('in a bucket without locks is refused, and for what is not there, too', async () => {
    await client.send(new CreateBucketCommand({ Bucket: 'plain' }));
    await client.send(new PutObjectCommand({ Bucket: 'plain', Key: 'k', Body: 'x' }));
    const get = (Key: string, bucket = 'plain') =>
      client.send(new GetObjectRetentionCommand({ Bucket: bucket, Key }));
    await expect(get('k')).rejects.toMatchObject({ name: 'InvalidRequest' });
    await expect(get('none', Bucket)).rejects.toMatchObject({ name: 'NoSuchKey' });
    await put('unlocked');
    await expect(get('unlocked', Bucket)).rejects.toMatchObject({
      name: 'NoSuchObjectLockConfiguration',
    });
  });
});
