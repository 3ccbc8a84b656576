/**
 * The whole server, killed while clients write: what was acknowledged is there and whole, and nothing half is ever
 * seen. `KILLS=100` makes it long.
 */
import { createHash } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { Home } from '../../../cli/support/program.ts';
import { addS3Key, s3ClientOf, s3Flags, startS3Process } from '../../support/s3-process.ts';

const KILLS = Number(process.env['KILLS'] ?? 4);
const WRITERS = 8;
const PART_BYTES = 5 * 1024 * 1024;
const Bucket = 'photos';

/** Contents that say of themselves whether they are whole: a seed, its stream, and a digest of both. */
function contentsOf(seed: string, sizeBytes: number): Buffer {
  const line = createHash('sha256').update(seed).digest();
  const filled = Buffer.alloc(sizeBytes, line);
  return Buffer.concat([filled, createHash('sha256').update(filled).digest()]);
}

function isWhole(bytes: Buffer): boolean {
  const filled = bytes.subarray(0, -32);
  return createHash('sha256').update(filled).digest().equals(bytes.subarray(-32));
}

/** What a key may hold: what was acknowledged last, or what was under way at the kill. */
type Expected = Map<string, Set<string>>;

const GONE = 'gone';

const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

async function write(client: S3Client, writer: number, round: number, expected: Expected) {
  for (let i = 0; ; i++) {
    const Key = `${writer}/${i % 7}`;
    const sizeBytes = [100, 4096, 40_000, 300_000][(i + writer) % 4] ?? 0;
    const isLarge = writer === 0 && i % 5 === 4;
    const isDelete = !isLarge && i % 6 === 5;
    const body = contentsOf(
      `${round} ${writer} ${i}`,
      isLarge ? PART_BYTES + sizeBytes : sizeBytes,
    );
    const outcome = isDelete ? GONE : digestOf(body);
    expected.set(Key, new Set([...(expected.get(Key) ?? [GONE]), outcome]));
    try {
      if (isDelete) await client.send(new DeleteObjectCommand({ Bucket, Key }));
      else if (isLarge) await writeParts(client, Key, body);
      else await client.send(new PutObjectCommand({ Bucket, Key, Body: body }));
    } catch {
      return;
    }
    expected.set(Key, new Set([outcome]));
  }
}

async function writeParts(client: S3Client, Key: string, body: Buffer): Promise<void> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const bodies = [body.subarray(0, PART_BYTES), body.subarray(PART_BYTES)];
  const Parts = [];
  for (const [i, Body] of bodies.entries()) {
    const part = { Bucket, Key, UploadId, PartNumber: i + 1, Body };
    const { ETag } = await client.send(new UploadPartCommand(part));
    Parts.push({ ETag, PartNumber: i + 1 });
  }
  const done = { Bucket, Key, UploadId, MultipartUpload: { Parts } };
  await client.send(new CompleteMultipartUploadCommand(done));
}

async function verify(client: S3Client, expected: Expected): Promise<void> {
  const seen = new Set<string>();
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket })) {
    for (const { Key = '', Size } of Contents) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
      expect(bytes.length, Key).toBe(Size);
      expect(isWhole(bytes), `${Key} is half`).toBe(true);
      const digest = digestOf(bytes);
      expect(expected.get(Key)?.has(digest), `${Key} is neither old nor new`).toBe(true);
      expected.set(Key, new Set([digest]));
      seen.add(Key);
    }
  }
  for (const [key, outcomes] of expected) {
    if (!seen.has(key))
      expect(outcomes.has(GONE), `${key} was acknowledged and is lost`).toBe(true);
    if (!seen.has(key)) expected.set(key, new Set([GONE]));
  }
}

test(
  'every acknowledged object is whole after each kill -9',
  async () => {
    await using home = await Home.make();
    const flags = s3Flags(home);
    const key = await addS3Key(home, flags);
    const expected: Expected = new Map();
    let acknowledged = 0;
    for (let round = 0; round <= KILLS; round++) {
      const server = await startS3Process(home, flags);
      const client = s3ClientOf(server.url, key);
      if (round === 0) await client.send(new CreateBucketCommand({ Bucket }));
      await verify(client, expected);
      acknowledged = [...expected.values()].filter((outcomes) => !outcomes.has(GONE)).length;
      const writers = Array.from({ length: WRITERS }, (_, i) => write(client, i, round, expected));
      await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 600));
      await server.stop('SIGKILL');
      await Promise.all(writers);
      client.destroy();
    }
    expect(acknowledged).toBeGreaterThan(5);
    const scrubbed = await home.run(['serve', 's3', ...flags, '--scrub']);
    expect(scrubbed).toMatchObject({ exitCode: 0 });
  },
  KILLS * 15_000 + 60_000,
);
