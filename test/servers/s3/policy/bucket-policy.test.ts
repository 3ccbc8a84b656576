import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startS3 } from '../../support/start-s3.ts';
import type { TestS3 } from '../../support/start-s3.ts';

let s3: TestS3;
let owner: S3Client;
let ann: S3Client;
const Bucket = 'box';
const denied = { name: 'AccessDenied' };
const ANN = 'arn:aws:iam::000000000000:user/ann';
const OBJECTS = 'arn:aws:s3:::box/*';

beforeAll(async () => {
  s3 = await startS3();
  owner = s3.client('full');
  // Her key reaches another bucket only.
  ann = s3.client(s3.addKey('ann', 'full', [{ bucket: 'hers', prefix: '' }]));
  for (const name of ['hers', Bucket]) await owner.send(new CreateBucketCommand({ Bucket: name }));
  await owner.send(new PutObjectCommand({ Bucket, Key: 'a/1', Body: 'one', Tagging: 'open=yes' }));
  await owner.send(new PutObjectCommand({ Bucket, Key: 'b/1', Body: 'two' }));
});
beforeEach(() => owner.send(new DeleteBucketPolicyCommand({ Bucket })));
afterAll(() => s3.stop());

const state = (...Statement: object[]) =>
  owner.send(
    new PutBucketPolicyCommand({
      Bucket,
      Policy: JSON.stringify({ Version: '2012-10-17', Statement }),
    }),
  );
const get = (client: S3Client, Key: string) => client.send(new GetObjectCommand({ Bucket, Key }));

describe('the policy of a bucket', () => {
  it('comes back as it was sent, and can be removed', async () => {
    const read = () => owner.send(new GetBucketPolicyCommand({ Bucket }));
    await expect(read()).rejects.toMatchObject({ name: 'NoSuchBucketPolicy' });
    const Policy = `{ "Statement": {"Effect":"Deny","Principal":"*",
      "Action":"s3:PutObjectTagging","Resource":"arn:aws:s3:::box/ä*"} }`;
    await owner.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    expect((await read()).Policy).toBe(Policy);
    const { PolicyStatus } = await owner.send(new GetBucketPolicyStatusCommand({ Bucket }));
    expect(PolicyStatus?.IsPublic).toBe(false);
    await owner.send(new DeleteBucketPolicyCommand({ Bucket }));
    await expect(read()).rejects.toMatchObject({ name: 'NoSuchBucketPolicy' });
  });

  it('is not stored where it is not understood', async () => {
    const statement = { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: OBJECTS };
    await state(statement);
    const Condition = { StringEquals: { 's3:colour': 'red' } };
    for (const Policy of [
      '',
      'x'.repeat(30_000),
      JSON.stringify({ Statement: { ...statement, Condition } }),
    ]) {
      const put = owner.send(new PutBucketPolicyCommand({ Bucket, Policy }));
      await expect(put).rejects.toMatchObject({ name: 'MalformedPolicy' });
    }
    const { Policy } = await owner.send(new GetBucketPolicyCommand({ Bucket }));
    expect(Policy).toContain('"s3:*"');
  });

  it('lets a key reach what it is not limited to', async () => {
    await expect(get(ann, 'a/1')).rejects.toMatchObject(denied);
    await state({
      Effect: 'Allow',
      Principal: { AWS: ANN },
      Action: ['s3:GetObject', 's3:PutObject'],
      Resource: 'arn:aws:s3:::box/a/*',
    });
    expect(await (await get(ann, 'a/1')).Body?.transformToString()).toBe('one');
    await expect(get(ann, 'b/1')).rejects.toMatchObject(denied);
    const remove = ann.send(new DeleteObjectCommand({ Bucket, Key: 'a/1' }));
    await expect(remove).rejects.toMatchObject(denied);
  });

  it('never gives a role more than it has', async () => {
    await state({ Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: OBJECTS });
    const put = s3.client('read').send(new PutObjectCommand({ Bucket, Key: 'new', Body: 'x' }));
    await expect(put).rejects.toMatchObject(denied);
    const remove = s3.client('write-once').send(new DeleteObjectCommand({ Bucket, Key: 'a/1' }));
    await expect(remove).rejects.toMatchObject(denied);
  });

  it('takes from full keys, too, key by key where several are asked for', async () => {
    const removals = { Effect: 'Deny', Principal: '*', Action: 's3:DeleteObject' };
    await state({ ...removals, Resource: 'arn:aws:s3:::box/a/*' });
    const remove = owner.send(new DeleteObjectCommand({ Bucket, Key: 'a/1' }));
    await expect(remove).rejects.toMatchObject(denied);
    await owner.send(new PutObjectCommand({ Bucket, Key: 'c', Body: 'x' }));
    const Objects = [{ Key: 'a/1' }, { Key: 'c' }];
    const many = await owner.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(many.Deleted?.map(({ Key }) => Key)).toEqual(['c']);
    expect(many.Errors?.map(({ Key, Code }) => [Key, Code])).toEqual([['a/1', 'AccessDenied']]);
    await get(owner, 'a/1');
  });

  it('is asked for the source of a copy, too', async () => {
    await state({ Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: OBJECTS });
    const copy = owner.send(
      new CopyObjectCommand({ Bucket: 'hers', Key: 'copy', CopySource: `${Bucket}/a/1` }),
    );
    await expect(copy).rejects.toMatchObject(denied);
  });

  it('does not lock its owner out for good', async () => {
    await state({
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: ['arn:aws:s3:::box', OBJECTS],
    });
    await expect(get(owner, 'a/1')).rejects.toMatchObject(denied);
    await owner.send(new DeleteBucketPolicyCommand({ Bucket }));
    await get(owner, 'a/1');
  });

  it.each([
    ['encrypted ones only', 'StringNotEquals', 's3:x-amz-server-side-encryption', 'AES256'],
    ['short tags only', 'StringNotLike', 's3:RequestObjectTag/kind', '?'],
  ])('refuses new objects: %s', async (_, operator, key, value) => {
    const Condition = { [operator]: { [key]: value } };
    const Statement = { Effect: 'Deny', Principal: '*', Action: 's3:PutObject' };
    await state({ ...Statement, Resource: OBJECTS, Condition });
    const put = (rest: object) =>
      owner.send(new PutObjectCommand({ Bucket, Key: 'new', Body: 'x', ...rest }));
    await expect(put({})).rejects.toMatchObject(denied);
    await expect(put({ Tagging: 'kind=long' })).rejects.toMatchObject(denied);
    await put({ ServerSideEncryption: 'AES256', Tagging: 'kind=%C3%A4' });
  });

  it('looks at the tags that an object has', async () => {
    const Condition = { StringNotEqualsIfExists: { 's3:ExistingObjectTag/open': 'yes' } };
    const Closed = { Null: { 's3:ExistingObjectTag/open': true } };
    const reads = { Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: OBJECTS };
    await state(
      { ...reads, Condition: Closed },
      { ...reads, Condition: { ...Condition, ...Closed } },
    );
    await get(owner, 'a/1');
    await expect(get(owner, 'b/1')).rejects.toMatchObject(denied);
  });

  it('looks at where a request comes from, and how', async () => {
    const reads = { Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: OBJECTS };
    await state({ ...reads, Condition: { NotIpAddress: { 'aws:SourceIp': '127.0.0.0/8' } } });
    await get(owner, 'a/1');
    await state({ ...reads, Condition: { IpAddress: { 'aws:SourceIp': '127.0.0.1' } } });
    await expect(get(owner, 'a/1')).rejects.toMatchObject(denied);
    await state({ ...reads, Condition: { Bool: { 'aws:SecureTransport': false } } });
    await expect(get(owner, 'a/1')).rejects.toMatchObject(denied);
  });

  it('limits what is listed', async () => {
    const listing = { Effect: 'Allow', Principal: { AWS: ANN }, Action: 's3:ListBucket' };
    const Condition = { StringLike: { 's3:prefix': '${aws:username}/*' } };
    await state({ ...listing, Resource: 'arn:aws:s3:::box', Condition });
    const list = (Prefix: string) => ann.send(new ListObjectsV2Command({ Bucket, Prefix }));
    await list('ann/');
    await expect(list('a/')).rejects.toMatchObject(denied);
    await expect(list('')).rejects.toMatchObject(denied);
  });
});
