import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startS3 } from '../../support/start-s3.ts';
import type { TestS3 } from '../../support/start-s3.ts';

let s3: TestS3;
let full: S3Client;

beforeAll(async () => {
  s3 = await startS3();
  full = s3.client();
  for (const Bucket of ['photos', 'private']) {
    await full.send(new CreateBucketCommand({ Bucket }));
  }
});
afterAll(() => s3.stop());

beforeEach(async () => {
  await full.send(new PutObjectCommand({ Bucket: 'private', Key: 'secret', Body: 'secret' }));
  for (const Key of ['in/a', 'out/a']) {
    await full.send(new PutObjectCommand({ Bucket: 'photos', Key, Body: Key }));
  }
});

const denied = { name: 'AccessDenied' };

async function textOf(client: S3Client, Bucket: string, Key: string): Promise<string> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return (await Body?.transformToString()) ?? '';
}

describe('a key that may read', () => {
  test('reads, and changes nothing', async () => {
    const read = s3.client('read');
    expect(await textOf(read, 'photos', 'in/a')).toBe('in/a');
    await read.send(new ListObjectsV2Command({ Bucket: 'photos' }));
    const place = { Bucket: 'photos', Key: 'in/a' };
    const changes = [
      () => read.send(new PutObjectCommand({ ...place, Key: 'new', Body: 'x' })),
      () => read.send(new CopyObjectCommand({ ...place, Key: 'new', CopySource: 'photos/in/a' })),
      () => read.send(new DeleteObjectCommand(place)),
      () => read.send(new DeleteObjectsCommand({ Bucket: 'photos', Delete: { Objects: [place] } })),
      () => read.send(new CreateMultipartUploadCommand({ ...place, Key: 'new' })),
      () => read.send(new PutObjectTaggingCommand({ ...place, Tagging: { TagSet: [] } })),
      () => read.send(new CreateBucketCommand({ Bucket: 'another' })),
      () => read.send(new DeleteBucketCommand({ Bucket: 'photos' })),
    ];
    for (const change of changes) await expect(change()).rejects.toMatchObject(denied);
    expect(await textOf(full, 'photos', 'in/a')).toBe('in/a');
  });
});

describe('a key that may write once', () => {
  test('adds, and takes nothing away', async () => {
    const once = s3.client('write-once');
    await once.send(
      new PutObjectCommand({ Bucket: 'photos', Key: `new-${Date.now()}`, Body: 'x' }),
    );
    const place = { Bucket: 'photos', Key: 'in/a' };
    const { UploadId } = await full.send(new CreateMultipartUploadCommand(place));
    const changes = [
      () => once.send(new PutObjectCommand({ ...place, Body: 'gone' })),
      () => once.send(new CopyObjectCommand({ ...place, CopySource: 'photos/out/a' })),
      () => once.send(new DeleteObjectCommand(place)),
      () => once.send(new DeleteObjectsCommand({ Bucket: 'photos', Delete: { Objects: [place] } })),
      () => once.send(new AbortMultipartUploadCommand({ ...place, UploadId })),
      () => once.send(new PutObjectTaggingCommand({ ...place, Tagging: { TagSet: [] } })),
      () =>
        once.send(
          new PutBucketVersioningCommand({
            Bucket: 'photos',
            VersioningConfiguration: { Status: 'Suspended' },
          }),
        ),
      () => once.send(new DeleteBucketCommand({ Bucket: 'photos' })),
    ];
    for (const change of changes) await expect(change()).rejects.toMatchObject(denied);
    expect(await textOf(full, 'photos', 'in/a')).toBe('in/a');
    await full.send(new AbortMultipartUploadCommand({ ...place, UploadId }));
  });
});

describe('a key that is limited to a prefix', () => {
  let scoped: S3Client;
  beforeAll(() => {
    scoped = s3.client(s3.addKey('scoped', 'full', [{ bucket: 'photos', prefix: 'in/' }]));
  });

  test('works in there', async () => {
    expect(await textOf(scoped, 'photos', 'in/a')).toBe('in/a');
    await scoped.send(new PutObjectCommand({ Bucket: 'photos', Key: 'in/b', Body: 'b' }));
    await scoped.send(new DeleteObjectCommand({ Bucket: 'photos', Key: 'in/b' }));
    await scoped.send(new HeadBucketCommand({ Bucket: 'photos' }));
    const list = { Bucket: 'photos', Prefix: 'in/' };
    const { Contents } = await scoped.send(new ListObjectsV2Command(list));
    expect(Contents?.map(({ Key }) => Key)).toEqual(['in/a']);
  });

  test('neither reads, writes nor lists anything else', async () => {
    const place = { Bucket: 'photos', Key: 'out/a' };
    const tries = [
      () => scoped.send(new GetObjectCommand(place)),
      () => scoped.send(new PutObjectCommand({ ...place, Body: 'x' })),
      () => scoped.send(new DeleteObjectCommand(place)),
      () => scoped.send(new GetObjectCommand({ Bucket: 'photos', Key: 'in' })),
      () => scoped.send(new GetObjectCommand({ Bucket: 'photos', Key: 'in/../out/a' })),
      () => scoped.send(new GetObjectCommand({ Bucket: 'private', Key: 'in/a' })),
      () => scoped.send(new ListObjectsV2Command({ Bucket: 'photos' })),
      () => scoped.send(new ListObjectsV2Command({ Bucket: 'photos', Prefix: 'in' })),
      () => scoped.send(new ListObjectsV2Command({ Bucket: 'private', Prefix: 'in/' })),
      () => scoped.send(new ListObjectVersionsCommand({ Bucket: 'photos' })),
      () => scoped.send(new ListMultipartUploadsCommand({ Bucket: 'photos' })),
      () => scoped.send(new DeleteBucketCommand({ Bucket: 'photos' })),
      () => scoped.send(new CreateBucketCommand({ Bucket: 'another' })),
      () =>
        scoped.send(
          new PutBucketVersioningCommand({
            Bucket: 'photos',
            VersioningConfiguration: { Status: 'Enabled' },
          }),
        ),
    ];
    for (const one of tries) {
      // `in/../out/a` is a key like any other, below `in/`: it is not there.
      await expect(one()).rejects.toMatchObject({ name: /AccessDenied|NoSuchKey/ });
    }
    expect(await textOf(full, 'photos', 'out/a')).toBe('out/a');
  });

  test('copies nothing from outside, and nothing out', async () => {
    const into = { Bucket: 'photos', Key: 'in/copy' };
    const sources = ['private/secret', '/private/secret', 'photos/out/a', 'photos%2Fout%2Fa'];
    for (const CopySource of sources) {
      const copy = scoped.send(new CopyObjectCommand({ ...into, CopySource }));
      await expect(copy, CopySource).rejects.toMatchObject(denied);
    }
    const out = { Bucket: 'photos', Key: 'out/copy', CopySource: 'photos/in/a' };
    await expect(scoped.send(new CopyObjectCommand(out))).rejects.toMatchObject(denied);
    const { UploadId } = await scoped.send(new CreateMultipartUploadCommand(into));
    const part = { ...into, UploadId, PartNumber: 1, CopySource: 'private/secret' };
    await expect(scoped.send(new UploadPartCopyCommand(part))).rejects.toMatchObject(denied);
    await scoped.send(new CopyObjectCommand({ ...into, CopySource: 'photos/in/a' }));
    await scoped.send(new DeleteObjectCommand(into));
    await scoped.send(new AbortMultipartUploadCommand({ ...into, UploadId }));
  });

  test('deletes of a list what is its own, and is refused the rest', async () => {
    const Objects = [{ Key: 'in/a' }, { Key: 'out/a' }];
    const { Deleted, Errors } = await scoped.send(
      new DeleteObjectsCommand({ Bucket: 'photos', Delete: { Objects } }),
    );
    expect(Deleted?.map(({ Key }) => Key)).toEqual(['in/a']);
    expect(Errors?.map(({ Key, Code }) => [Key, Code])).toEqual([['out/a', 'AccessDenied']]);
    expect(await textOf(full, 'photos', 'out/a')).toBe('out/a');
  });

  test('sees its own bucket only', async () => {
    const { Buckets } = await scoped.send(new ListBucketsCommand({}));
    expect(Buckets?.map(({ Name }) => Name)).toEqual(['photos']);
  });
});

describe('a bucket policy', () => {
  async function withPolicy(statement: object, work: () => Promise<void>): Promise<void> {
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await full.send(new PutBucketPolicyCommand({ Bucket: 'private', Policy }));
    try {
      await work();
    } finally {
      const none = { Effect: 'Deny', Principal: { AWS: 'arn:aws:iam::000000000000:user/nobody' } };
      const rest = { ...none, Action: 's3:*', Resource: 'arn:aws:s3:::private/*' };
      const Empty = JSON.stringify({ Version: '2012-10-17', Statement: [rest] });
      await full.send(new PutBucketPolicyCommand({ Bucket: 'private', Policy: Empty }));
    }
  }
  const objects = { Resource: 'arn:aws:s3:::private/*' };

  test('that denies wins over every right of a key', async () => {
    const statement = { Effect: 'Deny', Principal: '*', Action: 's3:GetObject', ...objects };
    await withPolicy(statement, async () => {
      await expect(textOf(full, 'private', 'secret')).rejects.toMatchObject(denied);
      const copy = { Bucket: 'photos', Key: 'copy', CopySource: 'private/secret' };
      await expect(full.send(new CopyObjectCommand(copy))).rejects.toMatchObject(denied);
    });
    expect(await textOf(full, 'private', 'secret')).toBe('secret');
  });

  test('that allows leads beyond the limits of a key, not beyond its role', async () => {
    const scoped = s3.client(s3.addKey('guest', 'read', [{ bucket: 'photos', prefix: '' }]));
    await expect(textOf(scoped, 'private', 'secret')).rejects.toMatchObject(denied);
    const Principal = { AWS: 'arn:aws:iam::000000000000:user/guest' };
    await withPolicy({ Effect: 'Allow', Principal, Action: 's3:*', ...objects }, async () => {
      expect(await textOf(scoped, 'private', 'secret')).toBe('secret');
      const put = new PutObjectCommand({ Bucket: 'private', Key: 'secret', Body: 'x' });
      await expect(scoped.send(put)).rejects.toMatchObject(denied);
    });
    await expect(textOf(scoped, 'private', 'secret')).rejects.toMatchObject(denied);
  });

  test('counts for each key of a list to delete', async () => {
    await full.send(new PutObjectCommand({ Bucket: 'private', Key: 'free', Body: 'x' }));
    const Resource = 'arn:aws:s3:::private/secret';
    const statement = { Effect: 'Deny', Principal: '*', Action: 's3:DeleteObject', Resource };
    await withPolicy(statement, async () => {
      const Delete = { Objects: [{ Key: 'secret' }, { Key: 'free' }] };
      const answer = await full.send(new DeleteObjectsCommand({ Bucket: 'private', Delete }));
      expect(answer.Deleted?.map(({ Key }) => Key)).toEqual(['free']);
      expect(answer.Errors?.map(({ Key }) => Key)).toEqual(['secret']);
    });
  });
});
