import { randomBytes } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startS3 } from '../../support/start-s3.ts';
import type { TestS3 } from '../../support/start-s3.ts';
import { outcomeOf } from './codes.ts';

const Bucket = 'box';
const MiB = 1024 * 1024;
/** Several segments, the last one not full. */
const WHOLE = randomBytes(700_001);
const PARTS = [randomBytes(5 * MiB), randomBytes(5 * MiB + 7), randomBytes(33)];
const PARTED = Buffer.concat(PARTS);

let s3: TestS3;
let client: S3Client;

beforeAll(async () => {
  s3 = await startS3();
  client = s3.client();
  await client.send(new CreateBucketCommand({ Bucket }));
  await client.send(new PutObjectCommand({ Bucket, Key: 'whole', Body: WHOLE }));
  await client.send(new PutObjectCommand({ Bucket, Key: 'empty', Body: '' }));
  await upload('parted', [1, 2, 5]);
});
afterAll(async () => {
  expect(s3.errors).toEqual([]);
  await s3.stop();
});

async function upload(Key: string, numbers: readonly number[]): Promise<void> {
  const ChecksumAlgorithm = 'CRC32';
  const begin = new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm });
  const { UploadId } = await client.send(begin);
  const Parts = [];
  for (const [at, Body] of PARTS.entries()) {
    const PartNumber = numbers[at];
    const sent = await client.send(
      new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ChecksumAlgorithm }),
    );
    Parts.push({ PartNumber, ETag: sent.ETag, ChecksumCRC32: sent.ChecksumCRC32 });
  }
  const MultipartUpload = { Parts };
  await client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));
}

const get = (Key: string, more = {}) => client.send(new GetObjectCommand({ Bucket, Key, ...more }));
const head = (Key: string, more = {}) =>
  client.send(new HeadObjectCommand({ Bucket, Key, ...more }));

describe('a range', () => {
  it.each([
    ['whole', 'bytes=0-0', 0, 1],
    ['whole', 'bytes=131071-131073', 131_071, 131_074],
    ['whole', 'bytes=262144-', 262_144, WHOLE.length],
    ['whole', 'bytes=-1', WHOLE.length - 1, WHOLE.length],
    ['whole', 'bytes=-9999999', 0, WHOLE.length],
    ['whole', 'bytes=5-9999999', 5, WHOLE.length],
    ['parted', `bytes=${5 * MiB - 3}-${5 * MiB + 3}`, 5 * MiB - 3, 5 * MiB + 4],
    ['parted', `bytes=${5 * MiB}-${10 * MiB + 6}`, 5 * MiB, 10 * MiB + 7],
    ['parted', 'bytes=-40', PARTED.length - 40, PARTED.length],
  ])('of %s, %s', async (key, Range, start, end) => {
    const bytes = key === 'whole' ? WHOLE : PARTED;
    const got = await get(key, { Range });
    expect(got.$metadata.httpStatusCode).toBe(206);
    expect(got.ContentRange).toBe(`bytes ${start}-${end - 1}/${bytes.length}`);
    expect(got.ContentLength).toBe(end - start);
    const found = Buffer.from((await got.Body?.transformToByteArray()) ?? []);
    expect(found.equals(bytes.subarray(start, end))).toBe(true);
    const headed = await head(key, { Range });
    expect(headed.$metadata.httpStatusCode).toBe(206);
    expect(headed.ContentLength).toBe(end - start);
  });

  it('past the end is refused, with the length that there is', async () => {
    const asked = get('whole', { Range: `bytes=${WHOLE.length}-` });
    await expect(asked).rejects.toMatchObject({ name: 'InvalidRange' });
    expect(await outcomeOf(get('empty', { Range: 'bytes=0-' }))).toBe('416 InvalidRange');
  });

  it('among several is answered with the whole', async () => {
    const got = await get('whole', { Range: 'bytes=0-1,4-5' });
    expect(got.$metadata.httpStatusCode).toBe(200);
    expect(got.ContentLength).toBe(WHOLE.length);
    await got.Body?.transformToByteArray();
  });

  it('is the whole where the object is not the one that If-Range names', async () => {
    const { ETag = '', LastModified } = await head('whole');
    const ask = async (ifRange: string) => {
      const command = new GetObjectCommand({ Bucket, Key: 'whole', Range: 'bytes=0-9' });
      command.middlewareStack.add(
        (next) => (args) => {
          (args.request as { headers: Record<string, string> }).headers['if-range'] = ifRange;
          return next(args);
        },
        { step: 'build' },
      );
      const got = await client.send(command);
      return (await got.Body?.transformToByteArray())?.length;
    };
    expect(await ask(ETag)).toBe(10);
    expect(await ask(LastModified?.toUTCString() ?? '')).toBe(10);
    expect(await ask('"other"')).toBe(WHOLE.length);
    expect(await ask(new Date(0).toUTCString())).toBe(WHOLE.length);
  });
});

describe('a part', () => {
  it.each([
    [1, 0],
    [2, 1],
    [5, 2],
  ])('number %i is read alone, by GET and HEAD', async (PartNumber, at) => {
    const part = PARTS[at] ?? Buffer.alloc(0);
    const got = await get('parted', { PartNumber, ChecksumMode: 'ENABLED' });
    expect(got).toMatchObject({ PartsCount: 3, ContentLength: part.length });
    expect(got.$metadata.httpStatusCode).toBe(206);
    // The SDK verifies it by the checksum that comes along.
    expect(got.ChecksumCRC32).toBeDefined();
    const found = Buffer.from((await got.Body?.transformToByteArray()) ?? []);
    expect(found.equals(part)).toBe(true);
    expect(await head('parted', { PartNumber })).toMatchObject({
      PartsCount: 3,
      ContentLength: part.length,
    });
  });

  it('that is not there is refused', async () => {
    for (const PartNumber of [3, 4, 6]) {
      expect(await outcomeOf(get('parted', { PartNumber }))).toBe('416 InvalidPartNumber');
    }
    expect(await outcomeOf(get('whole', { PartNumber: 2 }))).toBe('416 InvalidPartNumber');
    expect(await outcomeOf(get('parted', { PartNumber: 0 }))).toBe('400 InvalidArgument');
    expect(await outcomeOf(get('parted', { PartNumber: 10_001 }))).toBe('400 InvalidArgument');
  });

  it('is all there is of an object that came in one piece', async () => {
    const got = await get('whole', { PartNumber: 1 });
    expect(got.$metadata.httpStatusCode).toBe(206);
    expect((await got.Body?.transformToByteArray())?.length).toBe(WHOLE.length);
    expect(got.PartsCount).toBeUndefined();
  });

  it('and a range do not go together', async () => {
    const both = { PartNumber: 1, Range: 'bytes=0-1' };
    expect(await outcomeOf(get('parted', both))).toBe('400 InvalidRequest');
  });
});
