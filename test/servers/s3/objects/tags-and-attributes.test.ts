import { randomBytes } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectTaggingCommand,
  GetObjectAttributesCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { GetObjectAttributesCommandInput, S3Client, Tag } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startS3 } from '../../support/start-s3.ts';
import type { TestS3 } from '../../support/start-s3.ts';
import { outcomeOf } from './codes.ts';

const Bucket = 'box';
let s3: TestS3;
let client: S3Client;

beforeAll(async () => {
  s3 = await startS3();
  client = s3.client();
  await client.send(new CreateBucketCommand({ Bucket }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
});
afterAll(async () => {
  expect(s3.errors).toEqual([]);
  await s3.stop();
});

const put = (Key: string, more = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...more }));

describe('tags of an object', () => {
  const tag = (Key: string, TagSet: Tag[], more = {}) =>
    client.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet }, ...more }));
  const tagsOf = (Key: string, VersionId?: string) =>
    client.send(new GetObjectTaggingCommand({ Bucket, Key, VersionId }));

  it('are set, read, and taken away, on the version that is meant', async () => {
    const old = await put('a', { Tagging: 'first=1' });
    await put('a');
    const TagSet = [
      { Key: 'a b', Value: 'c+d' },
      { Key: 'ü', Value: '' },
    ];
    await tag('a', TagSet);
    expect((await tagsOf('a')).TagSet).toEqual(TagSet);
    expect(await tagsOf('a', old.VersionId)).toMatchObject({
      VersionId: old.VersionId,
      TagSet: [{ Key: 'first', Value: '1' }],
    });
    await client.send(new DeleteObjectTaggingCommand({ Bucket, Key: 'a' }));
    expect((await tagsOf('a')).TagSet).toEqual([]);
  });

  it('have rules', async () => {
    await put('b');
    const eleven = Array.from({ length: 11 }, (_, at) => ({ Key: `${at}`, Value: '' }));
    expect(await outcomeOf(tag('b', eleven))).toBe('400 InvalidTag');
    expect(await outcomeOf(tag('b', [{ Key: 'a!', Value: '' }]))).toBe('400 InvalidTag');
    expect(await outcomeOf(tag('nothing', []))).toBe('404 NoSuchKey');
    expect(await outcomeOf(tagsOf('nothing'))).toBe('404 NoSuchKey');
    const writer = s3.client('write-once');
    const Tagging = { TagSet: [] };
    expect(
      await outcomeOf(writer.send(new PutObjectTaggingCommand({ Bucket, Key: 'b', Tagging }))),
    ).toBe('403 AccessDenied');
  });
});

describe('attributes of an object', () => {
  const ask = (Key: string, more: Partial<GetObjectAttributesCommandInput> = {}) =>
    client.send(
      new GetObjectAttributesCommand({
        Bucket,
        Key,
        ObjectAttributes: ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'],
        ...more,
      }),
    );

  it('are its size, tag, class and checksum', async () => {
    const made = await put('c', { ChecksumAlgorithm: 'SHA256' });
    const found = await ask('c');
    expect(found).toMatchObject({
      ETag: made.ETag?.replaceAll('"', ''),
      ObjectSize: 1,
      StorageClass: 'STANDARD',
      VersionId: made.VersionId,
      Checksum: { ChecksumSHA256: made.ChecksumSHA256, ChecksumType: 'FULL_OBJECT' },
    });
    expect(found.ObjectParts).toBeUndefined();
    expect(found.LastModified).toBeInstanceOf(Date);
  });

  it('are only those that were asked for, and none that nobody knows', async () => {
    await put('d');
    const found = await ask('d', { ObjectAttributes: ['ObjectSize'] });
    expect(found.ObjectSize).toBe(1);
    expect(found.ETag).toBeUndefined();
    const odd = { ObjectAttributes: ['Color' as 'ETag'] };
    expect(await outcomeOf(ask('d', odd))).toBe('400 InvalidArgument');
    expect(await outcomeOf(ask('nothing'))).toBe('404 NoSuchKey');
  });

  it('are its parts, page by page', async () => {
    const Key = 'parted';
    const ChecksumAlgorithm = 'CRC32C';
    const begin = new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm });
    const { UploadId } = await client.send(begin);
    const Parts = [];
    for (const [at, size] of [5 * 1024 * 1024, 5 * 1024 * 1024, 9].entries()) {
      const PartNumber = at + 1;
      const Body = randomBytes(size);
      const sent = await client.send(
        new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ChecksumAlgorithm }),
      );
      Parts.push({ PartNumber, ETag: sent.ETag, ChecksumCRC32C: sent.ChecksumCRC32C });
    }
    const MultipartUpload = { Parts };
    await client.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }),
    );
    const first = await ask(Key, { MaxParts: 2 });
    expect(first.ObjectParts).toMatchObject({
      TotalPartsCount: 3,
      IsTruncated: true,
      NextPartNumberMarker: '2',
    });
    const rest = await ask(Key, { PartNumberMarker: first.ObjectParts?.NextPartNumberMarker });
    expect(rest.ObjectParts?.IsTruncated).toBe(false);
    const parts = [...(first.ObjectParts?.Parts ?? []), ...(rest.ObjectParts?.Parts ?? [])];
    expect(parts).toEqual(
      Parts.map(({ PartNumber, ChecksumCRC32C }, at) => ({
        PartNumber,
        ChecksumCRC32C,
        Size: [5 * 1024 * 1024, 5 * 1024 * 1024, 9][at],
      })),
    );
    const { Checksum } = first;
    expect(Checksum?.ChecksumType).toBe('COMPOSITE');
    const headed = new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' });
    expect((await client.send(headed)).ChecksumCRC32C).toBe(Checksum?.ChecksumCRC32C);
  });
});
