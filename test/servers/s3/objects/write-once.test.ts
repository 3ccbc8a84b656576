import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startS3 } from '../../support/start-s3.ts';
import type { TestS3 } from '../../support/start-s3.ts';
import { outcomeOf } from './codes.ts';

let s3: TestS3;
let owner: S3Client;
let writer: S3Client;

beforeAll(async () => {
  s3 = await startS3();
  owner = s3.client();
  writer = s3.client('write-once');
  for (const Bucket of ['plain', 'versions']) await owner.send(new CreateBucketCommand({ Bucket }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await owner.send(new PutBucketVersioningCommand({ Bucket: 'versions', VersioningConfiguration }));
});
afterAll(async () => {
  expect(s3.errors).toEqual([]);
  await s3.stop();
});

const put = (who: S3Client, Bucket: string, Key: string, Body = 'x') =>
  who.send(new PutObjectCommand({ Bucket, Key, Body }));

describe.each(['plain', 'versions'])('a write-once key, in bucket %s', (Bucket) => {
  const read = async (Key: string) => {
    const got = await owner.send(new GetObjectCommand({ Bucket, Key }));
    return got.Body?.transformToString();
  };

  it('creates, reads, and never writes over anything', async () => {
    expect(await outcomeOf(put(writer, Bucket, 'a', 'first'))).toBe('200');
    expect(await outcomeOf(put(writer, Bucket, 'a', 'second'))).toBe('403 AccessDenied');
    await put(owner, Bucket, 'b', 'first');
    expect(await outcomeOf(put(writer, Bucket, 'b', 'second'))).toBe('403 AccessDenied');
    const copy = new CopyObjectCommand({ Bucket, Key: 'b', CopySource: `${Bucket}/a` });
    expect(await outcomeOf(writer.send(copy))).toBe('403 AccessDenied');
    expect(await read('a')).toBe('first');
    expect(await read('b')).toBe('first');
    const fresh = new CopyObjectCommand({ Bucket, Key: 'c', CopySource: `${Bucket}/a` });
    expect(await outcomeOf(writer.send(fresh))).toBe('200');
  });

  it('wins a race for a new key once, with others of its kind', async () => {
    const writes = Array.from({ length: 20 }, (_, at) =>
      outcomeOf(put(writer, Bucket, 'race', `body ${at}`)),
    );
    const outcomes = await Promise.all(writes);
    expect(outcomes.filter((one) => one === '200')).toHaveLength(1);
    expect(outcomes.filter((one) => one === '403 AccessDenied')).toHaveLength(19);
    expect(await read('race')).toBe(`body ${outcomes.indexOf('200')}`);
  });

  it('deletes nothing', async () => {
    await put(owner, Bucket, 'd');
    const one = new DeleteObjectCommand({ Bucket, Key: 'd' });
    expect(await outcomeOf(writer.send(one))).toBe('403 AccessDenied');
    expect(await read('d')).toBe('x');
  });

  it('does not build on a grave: where a marker lies, something was', async () => {
    if (Bucket === 'plain') return;
    await put(owner, Bucket, 'e');
    await owner.send(new DeleteObjectCommand({ Bucket, Key: 'e' }));
    expect(await outcomeOf(put(writer, Bucket, 'e'))).toBe('403 AccessDenied');
  });
});
