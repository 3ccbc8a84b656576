import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startS3 } from '../../../support/start-s3.ts';
import type { TestS3 } from '../../../support/start-s3.ts';
import { outcomeOf } from '../codes.ts';

const Bucket = 'box';
const BYTES = randomBytes(6_000_000);
let s3: TestS3;
let client: S3Client;
let Key = '';

beforeAll(async () => {
  s3 = await startS3();
  client = s3.client();
  await client.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => s3.stop());
beforeEach(async ({ task }) => {
  Key = task.name;
  s3.errors.length = 0;
  await client.send(new PutObjectCommand({ Bucket, Key, Body: BYTES }));
});

/** Where the bytes of the object are. */
function dataFile(): string {
  const [extent] = s3.server.backend.catalog.latest(Bucket, Key)?.extents ?? [];
  const folder = join(s3.folder, 'data');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  const file = files.find((one) => one.name === extent?.id);
  if (file === undefined) throw new Error('no file has the bytes');
  return join(file.parentPath, file.name);
}

function flip(at: number): void {
  const file = dataFile();
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}

const get = (Range?: string) => client.send(new GetObjectCommand({ Bucket, Key, Range }));
const readAll = async (Range?: string) => (await get(Range)).Body?.transformToByteArray();

describe('an object that was damaged', () => {
  it('at its start is a 500, and its server is told', async () => {
    flip(10);
    expect(await outcomeOf(get())).toBe('500 InternalError');
    expect(s3.errors).toHaveLength(1);
  });

  it('in its middle breaks the connection off: never is it short in silence', async () => {
    flip(4_000_000);
    const got = await get();
    await expect(got.Body?.transformToByteArray()).rejects.toThrow();
    expect(s3.errors).toHaveLength(1);
  });

  it('elsewhere can be read where it is whole', async () => {
    flip(4_000_000);
    const found = await readAll('bytes=1000000-1999999');
    expect(Buffer.from(found ?? []).equals(BYTES.subarray(1_000_000, 2_000_000))).toBe(true);
  });

  it('by a cut is noticed', async () => {
    truncateSync(dataFile(), 3_000_000);
    await expect(readAll()).rejects.toThrow();
    await expect(readAll('bytes=5000000-')).rejects.toThrow();
  });

  it('by the loss of its file is a 500', async () => {
    rmSync(dataFile());
    expect(await outcomeOf(get())).toBe('500 InternalError');
    expect(s3.errors.length).toBeGreaterThan(0);
  });
});
