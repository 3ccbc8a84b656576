import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketAclCommand,
  GetBucketLocationCommand,
  GetBucketVersioningCommand,
  GetObjectAclCommand,
  GetObjectLockConfigurationCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  PutBucketAclCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { BucketLocationConstraint, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startS3 } from '../../support/start-s3.ts';
import type { TestS3 } from '../../support/start-s3.ts';

let s3: TestS3;
let client: S3Client;

beforeAll(async () => {
  s3 = await startS3();
  client = s3.client('full');
});
afterAll(() => s3.stop());

describe('a bucket', () => {
  it('is made, seen, and removed', async () => {
    const made = await client.send(new CreateBucketCommand({ Bucket: 'made' }));
    expect(made.Location).toBe('/made');
    const head = await client.send(new HeadBucketCommand({ Bucket: 'made' }));
    expect(head.BucketRegion).toBe('us-east-1');
    const { LocationConstraint } = await client.send(
      new GetBucketLocationCommand({ Bucket: 'made' }),
    );
    expect(LocationConstraint ?? '').toBe('');
    await client.send(new DeleteBucketCommand({ Bucket: 'made' }));
    const gone = client.send(new HeadBucketCommand({ Bucket: 'made' }));
    await expect(gone).rejects.toMatchObject({ name: 'NotFound' });
    const again = client.send(new DeleteBucketCommand({ Bucket: 'made' }));
    await expect(again).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });

  it('stays while anything is in it: an object, a delete marker, an upload', async () => {
    const Bucket = 'not-empty';
    await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
    const remove = () => client.send(new DeleteBucketCommand({ Bucket }));
    const full = { name: 'BucketNotEmpty' };
    const put = await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
    await expect(remove()).rejects.toMatchObject(full);
    const marker = await client.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
    const { VersionId } = put;
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId }));
    await expect(remove()).rejects.toMatchObject(full);
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId: marker.VersionId }));
    await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k' }));
    await expect(remove()).rejects.toMatchObject(full);
  });

  it('may be made once more in us-east-1, and stays as it is', async () => {
    const Bucket = 'again';
    const TagSet = [{ Key: 'a', Value: 'b' }];
    await client.send(new CreateBucketCommand({ Bucket }));
    await client.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
    await client.send(new CreateBucketCommand({ Bucket }));
    expect(s3.server.backend.catalog.bucket(Bucket)?.tags).toEqual({ a: 'b' });
    const locked = client.send(
      new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }),
    );
    await expect(locked).rejects.toMatchObject({ name: 'BucketAlreadyOwnedByYou' });
  });

  it('with a lock keeps versions from the beginning', async () => {
    const Bucket = 'locked';
    await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
    const versioning = await client.send(new GetBucketVersioningCommand({ Bucket }));
    expect(versioning.Status).toBe('Enabled');
    const lock = await client.send(new GetObjectLockConfigurationCommand({ Bucket }));
    expect(lock.ObjectLockConfiguration).toEqual({ ObjectLockEnabled: 'Enabled' });
  });

  it('lies where the server is, and nowhere else', async () => {
    const make = (Bucket: string, LocationConstraint: string) =>
      client.send(
        new CreateBucketCommand({
          Bucket,
          CreateBucketConfiguration: {
            LocationConstraint: LocationConstraint as BucketLocationConstraint,
          },
        }),
      );
    await expect(make('far', 'eu-west-1')).rejects.toMatchObject({
      name: 'IllegalLocationConstraintException',
    });
    await expect(make('moon', 'the moon')).rejects.toMatchObject({
      name: 'InvalidLocationConstraint',
    });
    await make('near', 'us-east-1');
    expect(s3.server.backend.catalog.bucket('far')).toBeUndefined();
  });

  it('may be made with tags', async () => {
    const Tags = [{ Key: 'project', Value: 'ä/b' }];
    const CreateBucketConfiguration = { Tags };
    await client.send(new CreateBucketCommand({ Bucket: 'tagged', CreateBucketConfiguration }));
    expect(s3.server.backend.catalog.bucket('tagged')?.tags).toEqual({ project: 'ä/b' });
  });

  it('is refused to who expects another owner', async () => {
    await client.send(new CreateBucketCommand({ Bucket: 'owned' }));
    const head = (ExpectedBucketOwner: string) =>
      client.send(new HeadBucketCommand({ Bucket: 'owned', ExpectedBucketOwner }));
    await head('000000000000');
    await expect(head('123456789012')).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
    });
  });

  it.each(['public-read', 'authenticated-read', 'aws-exec-read'])('is never %s', async (acl) => {
    const ACL = acl as 'public-read';
    const made = client.send(new CreateBucketCommand({ Bucket: 'open', ACL }));
    await expect(made).rejects.toMatchObject({ name: 'NotImplemented' });
    expect(s3.server.backend.catalog.bucket('open')).toBeUndefined();
  });

  it('and its objects have one ACL, which cannot be set', async () => {
    const Bucket = 'acl';
    await client.send(new CreateBucketCommand({ Bucket, ACL: 'private' }));
    await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
    const ofBucket = await client.send(new GetBucketAclCommand({ Bucket }));
    const ofObject = await client.send(new GetObjectAclCommand({ Bucket, Key: 'k' }));
    expect(ofBucket.Grants).toHaveLength(1);
    expect(ofBucket.Grants?.[0]).toMatchObject({
      Grantee: { ID: ofBucket.Owner?.ID, Type: 'CanonicalUser' },
      Permission: 'FULL_CONTROL',
    });
    expect(ofObject.Grants).toEqual(ofBucket.Grants);
    const none = client.send(new GetObjectAclCommand({ Bucket, Key: 'none' }));
    await expect(none).rejects.toMatchObject({ name: 'NoSuchKey' });
    const put = client.send(new PutBucketAclCommand({ Bucket, ACL: 'public-read' }));
    await expect(put).rejects.toMatchObject({ name: 'NotImplemented' });
  });
});

describe('the list of buckets', () => {
  beforeAll(async () => {
    for (const name of ['list-a', 'list-b', 'list-c', 'other']) {
      await client.send(new CreateBucketCommand({ Bucket: name }));
    }
  });

  it('comes in pages, each bucket once and in order', async () => {
    const names: string[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await client.send(
        new ListBucketsCommand({
          Prefix: 'list-',
          MaxBuckets: 2,
          ...(ContinuationToken !== undefined && { ContinuationToken }),
        }),
      );
      expect(page.Prefix).toBe('list-');
      expect(page.Buckets?.length).toBeLessThanOrEqual(2);
      names.push(...(page.Buckets ?? []).map(({ Name }) => Name ?? ''));
      ContinuationToken = page.ContinuationToken;
    } while (ContinuationToken !== undefined);
    expect(names).toEqual(['list-a', 'list-b', 'list-c']);
  });

  it('says when a bucket was made, where it lies and whose it is', async () => {
    const before = Date.now();
    await client.send(new CreateBucketCommand({ Bucket: 'fresh' }));
    const { Buckets, Owner } = await client.send(new ListBucketsCommand({ Prefix: 'fresh' }));
    const made = Buckets?.[0]?.CreationDate?.getTime() ?? 0;
    expect(Math.abs(made - before)).toBeLessThan(10_000);
    expect(Buckets?.[0]?.BucketRegion).toBe('us-east-1');
    expect(Owner?.ID).toMatch(/^[0-9a-f]{64}$/);
  });

  it('shows a limited key only its buckets', async () => {
    const scopes = [
      { bucket: 'list-b', prefix: 'home/' },
      { bucket: 'gone', prefix: '' },
    ];
    const limited = s3.client(s3.addKey('limited', 'read', scopes));
    const { Buckets } = await limited.send(new ListBucketsCommand({}));
    expect(Buckets?.map(({ Name }) => Name)).toEqual(['list-b']);
  });

  it('is empty for another region', async () => {
    const { Buckets } = await client.send(new ListBucketsCommand({ BucketRegion: 'eu-west-1' }));
    expect(Buckets ?? []).toEqual([]);
  });

  it.each([{ MaxBuckets: 10_001 }, { ContinuationToken: 'made-up' }])(
    'refuses %j',
    async (input) => {
      const list = client.send(new ListBucketsCommand(input));
      await expect(list).rejects.toMatchObject({ name: 'InvalidArgument' });
    },
  );
});
