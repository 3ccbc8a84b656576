import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
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
});
afterAll(async () => {
  expect(s3.errors).toEqual([]);
  await s3.stop();
});

const put = (Key: string, more = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...more }));

describe('a conditional request', () => {
  it('reads only what is, or is not, what the client has', async () => {
    const { ETag } = await put('read');
    const read = (more: object) =>
      outcomeOf(client.send(new GetObjectCommand({ Bucket, Key: 'read', ...more })));
    const past = new Date(Date.now() - 100_000);
    const future = new Date(Date.now() + 100_000);
    expect(await read({ IfMatch: ETag })).toBe('200');
    expect(await read({ IfMatch: '"x"' })).toBe('412 PreconditionFailed');
    expect(await read({ IfNoneMatch: ETag })).toMatch(/^304 /);
    expect(await read({ IfNoneMatch: '"x"' })).toBe('200');
    expect(await read({ IfModifiedSince: past })).toBe('200');
    expect(await read({ IfModifiedSince: future })).toMatch(/^304 /);
    expect(await read({ IfUnmodifiedSince: past })).toBe('412 PreconditionFailed');
    const headed = client.send(new HeadObjectCommand({ Bucket, Key: 'read', IfNoneMatch: ETag }));
    expect(await outcomeOf(headed)).toMatch(/^304 /);
  });

  it('writes only what is not there yet', async () => {
    expect(await outcomeOf(put('new', { IfNoneMatch: '*' }))).toBe('200');
    expect(await outcomeOf(put('new', { IfNoneMatch: '*' }))).toBe('412 PreconditionFailed');
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'new' }));
    expect(await outcomeOf(put('new', { IfNoneMatch: '*' }))).toBe('200');
  });

  it('writes only over what the client knows', async () => {
    expect(await outcomeOf(put('known', { IfMatch: '"x"' }))).toBe('404 NoSuchKey');
    const { ETag } = await put('known');
    expect(await outcomeOf(put('known', { IfMatch: '"x"' }))).toBe('412 PreconditionFailed');
    expect(await outcomeOf(put('known', { IfMatch: ETag, Body: 'y' }))).toBe('200');
    expect(await outcomeOf(put('known', { IfMatch: ETag }))).toBe('412 PreconditionFailed');
  });

  it('lets one of many win that write at the same time', async () => {
    const writes = Array.from({ length: 20 }, () => outcomeOf(put('race', { IfNoneMatch: '*' })));
    const outcomes = await Promise.all(writes);
    expect(outcomes.filter((one) => one === '200')).toHaveLength(1);
    expect(outcomes.filter((one) => one === '412 PreconditionFailed')).toHaveLength(19);
  });

  it('is told of a conflict where what it matched was deleted while it wrote', async () => {
    const { ETag } = await put('gone');
    async function* body(): AsyncGenerator<Buffer> {
      yield Buffer.alloc(100_000);
      await new Promise((resolve) => setTimeout(resolve, 100));
      await client.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));
      yield Buffer.alloc(100_000);
    }
    const Body = Readable.from(body());
    const late = put('gone', { IfMatch: ETag, Body, ContentLength: 200_000 });
    expect(await outcomeOf(late)).toBe('409 ConditionalRequestConflict');
  });

  it('copies on the conditions of its source and of its target', async () => {
    const { ETag } = await put('source');
    const copy = (more: object) =>
      outcomeOf(
        client.send(
          new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/source`, ...more }),
        ),
      );
    expect(await copy({ CopySourceIfMatch: '"x"' })).toBe('412 PreconditionFailed');
    expect(await copy({ CopySourceIfNoneMatch: ETag })).toBe('412 PreconditionFailed');
    expect(await copy({ CopySourceIfMatch: ETag, IfNoneMatch: '*' })).toBe('200');
    expect(await copy({ IfNoneMatch: '*' })).toBe('412 PreconditionFailed');
    expect(await copy({ IfMatch: ETag })).toBe('200');
    expect(await copy({ IfMatch: '"x"' })).toBe('412 PreconditionFailed');
  });

  it('deletes only what the client knows, alone and among others', async () => {
    const { ETag } = await put('delete');
    const one = (IfMatch: string | undefined) =>
      outcomeOf(client.send(new DeleteObjectCommand({ Bucket, Key: 'delete', IfMatch })));
    expect(await one('"x"')).toBe('412 PreconditionFailed');
    const many = (tag: string | undefined) =>
      client.send(
        new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'delete', ETag: tag }] } }),
      );
    expect((await many('"x"')).Errors?.[0]?.Code).toBe('PreconditionFailed');
    expect((await many(ETag)).Deleted).toHaveLength(1);
    expect(await one(ETag)).toBe('404 NoSuchKey');
  });
});
