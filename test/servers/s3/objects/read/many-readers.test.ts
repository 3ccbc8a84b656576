import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  GetObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { READ_BYTES } from '../../../../../src/servers/s3/storage/read-extent.ts';
import { startS3 } from '../../../support/start-s3.ts';
import type { TestS3 } from '../../../support/start-s3.ts';

const Bucket = 'box';
const OBJECTS = Array.from({ length: 8 }, (_, n) => ({
  Key: `object ${n}`,
  Body: randomBytes(3_000_000 + n * 111_111),
}));

let s3: TestS3;
let client: S3Client;

beforeAll(async () => {
  s3 = await startS3();
  client = s3.client();
  await client.send(new CreateBucketCommand({ Bucket }));
  for (const object of OBJECTS) await client.send(new PutObjectCommand({ Bucket, ...object }));
});
afterAll(() => s3.stop());

async function bodyOf(Key: string): Promise<Readable> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return Body as Readable;
}

async function digestOf(body: Readable, pauseMs = 0): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of body) {
    hash.update(piece as Buffer);
    if (pauseMs > 0) await sleep(pauseMs);
  }
  return hash.digest('hex');
}

async function leaveInTheMiddle(body: Readable): Promise<void> {
  for await (const _ of body) break;
  body.destroy();
}

describe('many readers at the same time', () => {
  it('get their own bytes, while others are slow, go away in the middle, or copy', async () => {
    const rounds = OBJECTS.flatMap(({ Key, Body }, n) => {
      const wanted = createHash('sha256').update(Body).digest('hex');
      const reads = (pauseMs: number) => async () =>
        expect(await digestOf(await bodyOf(Key), pauseMs)).toBe(wanted);
      const leaves = async () => leaveInTheMiddle(await bodyOf(Key));
      const copies = async () => {
        const copy = `copy ${n}`;
        const CopySource = encodeURI(`${Bucket}/${Key}`);
        await client.send(new CopyObjectCommand({ Bucket, Key: copy, CopySource }));
        expect(await digestOf(await bodyOf(copy))).toBe(wanted);
      };
      return [reads(0), leaves, reads(3), copies, leaves, reads(0)];
    });
    for (let round = 0; round < 3; round++) await Promise.all(rounds.map((one) => one()));
    expect(s3.errors).toEqual([]);
  });

  it('leave their memory to the next ones when the answer was sent', async () => {
    const fresh = await startS3();
    const own = fresh.client();
    const body = randomBytes(3_000_000);
    await own.send(new CreateBucketCommand({ Bucket }));
    await own.send(new PutObjectCommand({ Bucket, Key: 'k', Body: body }));
    const { extents } = fresh.server.backend;
    const [key, piece] = [randomBytes(32), randomBytes(50_000)];
    const { extent } = await extents.write(key, Readable.from([piece]));
    const isLeft = async (): Promise<boolean> => {
      for await (const one of extents.read(extent, key))
        return one.buffer.byteLength === READ_BYTES;
      throw new Error('nothing was read');
    };
    expect(await isLeft()).toBe(false);
    const { Body } = await own.send(new GetObjectCommand({ Bucket, Key: 'k' }));
    expect((await Body?.transformToByteArray())?.length).toBe(body.length);
    await expect.poll(isLeft).toBe(true);
    await fresh.stop();
  });
});
