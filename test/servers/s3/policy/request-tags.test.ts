import {
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketPolicyCommand,
  GetObjectTaggingCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sendRaw } from '../../support/raw-s3.ts';
import { startS3 } from '../../support/start-s3.ts';
import type { TestS3 } from '../../support/start-s3.ts';

let s3: TestS3;
let owner: S3Client;
const Bucket = 'box';
const Key = 'object';
const OBJECTS = 'arn:aws:s3:::box/*';
const denied = { name: 'AccessDenied' };

beforeAll(async () => {
  s3 = await startS3();
  owner = s3.client('full');
  await owner.send(new CreateBucketCommand({ Bucket }));
  await owner.send(new CreateBucketCommand({ Bucket: 'other' }));
  await owner.send(
    new PutObjectCommand({ Bucket: 'other', Key: 'open', Body: 'x', Tagging: 'level=public' }),
  );
});
beforeEach(async () => {
  await owner.send(new DeleteBucketPolicyCommand({ Bucket }));
  await owner.send(new PutObjectCommand({ Bucket, Key, Body: 'one' }));
});
afterAll(() => s3.stop());

const state = (...Statement: object[]) =>
  owner.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Statement }) }));
const deny = (Action: string | string[], Condition?: object) =>
  state({ Effect: 'Deny', Principal: '*', Action, Resource: OBJECTS, Condition });

const tag = (tags: Record<string, string>, who = owner) => {
  const TagSet = Object.entries(tags).map(([name, Value]) => ({ Key: name, Value }));
  return who.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet } }));
};
const copy = (rest: object) =>
  owner.send(new CopyObjectCommand({ Bucket, Key, CopySource: 'other/open', ...rest }));

const PUBLIC_TAG = '<Tag><Key>level</Key><Value>public</Value></Tag>';
const PUBLIC = { StringEquals: { 's3:RequestObjectTag/level': 'public' } };

describe('tags that a policy denies', () => {
  it('cannot be put on an object', async () => {
    await deny('s3:PutObjectTagging', PUBLIC);
    await expect(tag({ level: 'public' })).rejects.toMatchObject(denied);
    await expect(tag({ a: '1', level: 'public' })).rejects.toMatchObject(denied);
    await tag({ level: 'secret' });
  });

  it('are judged by their names, all of them', async () => {
    const keys = { 'ForAnyValue:StringNotEquals': { 's3:RequestObjectTagKeys': ['a', 'b'] } };
    await deny('s3:PutObjectTagging', keys);
    await tag({ a: '1', b: '2' });
    await expect(tag({ a: '1', c: '3' })).rejects.toMatchObject(denied);
    await expect(tag({ c: '3' })).rejects.toMatchObject(denied);
    const { TagSet } = await owner.send(new GetObjectTaggingCommand({ Bucket, Key }));
    expect(TagSet).toHaveLength(2);
  });

  it('do not pass with a header that says something else', async () => {
    const isNotSecret = { StringNotEquals: { 's3:RequestObjectTag/level': 'secret' } };
    await deny('s3:PutObjectTagging', isNotSecret);
    await tag({ level: 'secret' });
    const put = (headers: Record<string, string>) =>
      sendRaw(s3, {
        method: 'PUT',
        path: `/${Bucket}/${Key}`,
        query: { tagging: '' },
        headers: { 'content-type': 'application/xml', ...headers },
        body: `<Tagging><TagSet>${PUBLIC_TAG}</TagSet></Tagging>`,
      });
    expect((await put({})).code).toBe('AccessDenied');
    expect((await put({ 'x-amz-tagging': 'level=secret' })).code).toBe('AccessDenied');
  });

  it('do not come with a new object, an upload, or a copy', async () => {
    await deny('s3:PutObject', PUBLIC);
    const Tagging = 'level=public';
    const put = new PutObjectCommand({ Bucket, Key, Body: 'x', Tagging });
    await expect(owner.send(put)).rejects.toMatchObject(denied);
    const upload = new CreateMultipartUploadCommand({ Bucket, Key, Tagging });
    await expect(owner.send(upload)).rejects.toMatchObject(denied);
    await expect(copy({ Tagging, TaggingDirective: 'REPLACE' })).rejects.toMatchObject(denied);
    await copy({ Tagging: 'level=secret', TaggingDirective: 'REPLACE' });
  });

  it('do not come from the source of a copy, whatever an unused header says', async () => {
    await deny('s3:PutObject', PUBLIC);
    await expect(copy({})).rejects.toMatchObject(denied);
    await expect(copy({ Tagging: 'level=secret' })).rejects.toMatchObject(denied);
    const isNotSecret = { StringNotEquals: { 's3:RequestObjectTag/level': 'secret' } };
    await deny('s3:PutObject', isNotSecret);
    await expect(copy({ Tagging: 'level=secret' })).rejects.toMatchObject(denied);
    await copy({ Tagging: 'level=secret', TaggingDirective: 'REPLACE' });
  });

  it('do not come with an object where tagging is denied as such', async () => {
    await deny('s3:PutObjectTagging');
    const put = (Tagging?: string) =>
      owner.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...(Tagging && { Tagging }) }));
    await expect(put('a=b')).rejects.toMatchObject(denied);
    await expect(copy({})).rejects.toMatchObject(denied);
    await put();
  });
});

describe('tags that a policy allows', () => {
  it('may be given by a key that is limited to another bucket, and no others', async () => {
    const ann = s3.client(s3.addKey('ann', 'full', [{ bucket: 'hers', prefix: '' }]));
    const AWS = 'arn:aws:iam::000000000000:user/ann';
    const grant = { Effect: 'Allow', Principal: { AWS }, Action: 's3:PutObjectTagging' };
    await state({ ...grant, Resource: OBJECTS, Condition: PUBLIC });
    await tag({ level: 'public' }, ann);
    await expect(tag({ level: 'secret' }, ann)).rejects.toMatchObject(denied);
    const narrow = s3.client('write-once');
    await expect(tag({ level: 'public' }, narrow)).rejects.toMatchObject(denied);
  });
});
