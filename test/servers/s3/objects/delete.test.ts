import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { ObjectIdentifier, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startS3 } from '../../support/start-s3.ts';
import type { TestS3 } from '../../support/start-s3.ts';
import { outcomeOf } from './codes.ts';

let s3: TestS3;
let client: S3Client;

beforeAll(async () => {
  s3 = await startS3();
  client = s3.client();
  for (const Bucket of ['plain', 'versions', 'locked']) {
    const ObjectLockEnabledForBucket = Bucket === 'locked';
    await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket }));
  }
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await client.send(
    new PutBucketVersioningCommand({ Bucket: 'versions', VersioningConfiguration }),
  );
});
afterAll(async () => {
  expect(s3.errors).toEqual([]);
  await s3.stop();
});

const put = (Bucket: string, Key: string, more = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...more }));
const remove = (Bucket: string, Key: string, VersionId?: string) =>
  client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
const removeAll = (Bucket: string, Objects: ObjectIdentifier[], more = {}, who = client) =>
  who.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, ...more } }));
const get = (Bucket: string, Key: string, VersionId?: string) =>
  client.send(new GetObjectCommand({ Bucket, Key, VersionId }));

describe('deleting', () => {
  it('takes the object away, and what is not there is deleted as well', async () => {
    await put('plain', 'a');
    const answer = await remove('plain', 'a');
    expect(answer).toMatchObject({ $metadata: { httpStatusCode: 204 } });
    expect(answer.DeleteMarker).toBeUndefined();
    expect(answer.VersionId).toBeUndefined();
    expect(await outcomeOf(get('plain', 'a'))).toBe('404 NoSuchKey');
    expect(await outcomeOf(remove('plain', 'a'))).toBe('200');
    expect(await outcomeOf(remove('plain', 'a', 'null'))).toBe('200');
    expect(await outcomeOf(remove('plain', 'a', 'garbage'))).toBe('400 InvalidArgument');
    expect(await outcomeOf(remove('no-such-bucket', 'a'))).toBe('404 NoSuchBucket');
  });

  it('puts a marker on top where versions are kept, and takes it away by its version', async () => {
    const { VersionId } = await put('versions', 'a');
    const marker = await remove('versions', 'a');
    expect(marker.DeleteMarker).toBe(true);
    expect(await outcomeOf(get('versions', 'a'))).toBe('404 NoSuchKey');
    await expect(
      client.send(new HeadObjectCommand({ Bucket: 'versions', Key: 'a' })),
    ).rejects.toMatchObject({
      $response: { headers: { 'x-amz-delete-marker': 'true' } },
    });
    await expect(get('versions', 'a', marker.VersionId)).rejects.toMatchObject({
      name: 'MethodNotAllowed',
      $response: { headers: { 'x-amz-delete-marker': 'true', allow: 'DELETE' } },
    });
    expect(await outcomeOf(get('versions', 'a', VersionId))).toBe('200');
    const undone = await remove('versions', 'a', marker.VersionId);
    expect(undone).toMatchObject({ DeleteMarker: true, VersionId: marker.VersionId });
    expect(await outcomeOf(get('versions', 'a'))).toBe('200');
    const gone = await remove('versions', 'a', VersionId);
    expect(gone).toMatchObject({ VersionId });
    expect(gone.DeleteMarker).toBeUndefined();
    const listing = new ListObjectVersionsCommand({ Bucket: 'versions', Prefix: 'a' });
    expect((await client.send(listing)).Versions).toBeUndefined();
  });

  it('leaves what is locked', async () => {
    const { VersionId } = await put('locked', 'a', {
      ObjectLockMode: 'COMPLIANCE',
      ObjectLockRetainUntilDate: new Date(Date.now() + 3_600_000),
    });
    expect(await outcomeOf(remove('locked', 'a', VersionId))).toBe('403 AccessDenied');
    const { Errors } = await removeAll('locked', [{ Key: 'a', VersionId }]);
    expect(Errors?.[0]).toMatchObject({ Key: 'a', VersionId, Code: 'AccessDenied' });
    expect((await get('locked', 'a')).ObjectLockMode).toBe('COMPLIANCE');
    // A marker takes nothing away.
    expect((await remove('locked', 'a')).DeleteMarker).toBe(true);
    expect(await outcomeOf(get('locked', 'a', VersionId))).toBe('200');
  });
});

describe('deleting many', () => {
  it('deletes each, whether it is there or not, and says so', async () => {
    const keys = ['many/1', 'many/2', 'many/<&>"\u0001', 'many/ü'];
    for (const key of keys) await put('plain', key);
    const names = [...keys, 'many/nothing'].map((Key) => ({ Key }));
    const { Deleted, Errors } = await removeAll('plain', names.slice(0, 2));
    expect(Deleted).toEqual(names.slice(0, 2));
    expect(Errors).toBeUndefined();
    expect((await removeAll('plain', names.slice(3))).Deleted).toHaveLength(2);
    expect(await outcomeOf(get('plain', 'many/1'))).toBe('404 NoSuchKey');
    expect(await outcomeOf(get('plain', 'many/ü'))).toBe('404 NoSuchKey');
  });

  it('is quiet where it is told to, but for what went wrong', async () => {
    await put('plain', 'quiet');
    const Objects = [{ Key: 'quiet' }, { Key: 'bad', VersionId: 'garbage' }];
    const answer = await removeAll('plain', Objects, { Quiet: true });
    expect(answer.Deleted).toBeUndefined();
    expect(answer.Errors).toMatchObject([{ Key: 'bad', Code: 'InvalidArgument' }]);
    expect(await outcomeOf(get('plain', 'quiet'))).toBe('404 NoSuchKey');
  });

  it('tells of markers that it made and that it took away', async () => {
    await put('versions', 'm');
    const { Deleted } = await removeAll('versions', [{ Key: 'm' }]);
    const id = Deleted?.[0]?.DeleteMarkerVersionId;
    expect(Deleted?.[0]).toMatchObject({ Key: 'm', DeleteMarker: true });
    const undone = await removeAll('versions', [{ Key: 'm', VersionId: id }]);
    expect(undone.Deleted?.[0]).toEqual({
      Key: 'm',
      VersionId: id,
      DeleteMarker: true,
      DeleteMarkerVersionId: id,
    });
  });

  it('takes a thousand, and not one more', async () => {
    const thousand = Array.from({ length: 1000 }, (_, at) => ({
      Key: `${at} ${'k'.repeat(1000)}`,
    }));
    expect((await removeAll('plain', thousand)).Deleted).toHaveLength(1000);
    const more = removeAll('plain', [...thousand, { Key: 'x' }]);
    expect(await outcomeOf(more)).toBe('400 MalformedXML');
    expect(await outcomeOf(removeAll('plain', []))).toBe('400 MalformedXML');
  });

  it('asks for each key whether the caller may delete it', async () => {
    for (const key of ['mine/a', 'yours/a']) await put('plain', key);
    const limited = s3.addKey('limited', 'full', [{ bucket: 'plain', prefix: 'mine/' }]);
    const Objects = [{ Key: 'mine/a' }, { Key: 'yours/a' }];
    const answer = await removeAll('plain', Objects, {}, s3.client(limited));
    expect(answer.Deleted).toEqual([{ Key: 'mine/a' }]);
    expect(answer.Errors).toMatchObject([{ Key: 'yours/a', Code: 'AccessDenied' }]);
    expect(await outcomeOf(get('plain', 'yours/a'))).toBe('200');
    for (const role of ['read', 'write-once'] as const) {
      expect(await outcomeOf(removeAll('plain', Objects, {}, s3.client(role)))).toBe(
        '403 AccessDenied',
      );
    }
  });

  it('obeys a policy that protects some of the keys', async () => {
    await put('plain', 'kept/a');
    await put('plain', 'free/a');
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:DeleteObject',
        Resource: 'arn:aws:s3:::plain/kept/*',
      },
    });
    await client.send(new PutBucketPolicyCommand({ Bucket: 'plain', Policy }));
    const answer = await removeAll('plain', [{ Key: 'kept/a' }, { Key: 'free/a' }]);
    expect(answer.Deleted).toEqual([{ Key: 'free/a' }]);
    expect(answer.Errors).toMatchObject([{ Key: 'kept/a', Code: 'AccessDenied' }]);
  });

  it('is refused where nothing vouches for the list', async () => {
    const bare = s3.client('full', { requestChecksumCalculation: 'WHEN_REQUIRED' });
    const command = new DeleteObjectsCommand({
      Bucket: 'plain',
      Delete: { Objects: [{ Key: 'a' }] },
    });
    command.middlewareStack.add(
      (next) => (args) => {
        const { headers } = args.request as { headers: Record<string, string> };
        for (const name of Object.keys(headers)) {
          if (/^(content-md5|x-amz-(sdk-)?checksum-.*)$/i.test(name)) delete headers[name];
        }
        return next(args);
      },
      { step: 'build', priority: 'low' },
    );
    expect(await outcomeOf(bare.send(command))).toBe('400 InvalidRequest');
  });
});
