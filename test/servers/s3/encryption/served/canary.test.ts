import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CopyObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MASTER_KEY_BYTES } from '../../../support/start-s3.ts';
import { Bucket, customerKey, SSE_KMS, SSE_S3, startEncrypted } from './three-kinds.ts';
import type { Encrypted } from './three-kinds.ts';

/** 32 bytes that are in every 64 of each body, wherever blocks begin. */
const CANARY = `canary ${randomBytes(16).toString('hex').slice(0, 25)}`;
const SMALL = Buffer.from(CANARY.repeat(100));
const LARGE = Buffer.from(CANARY.repeat(220_000));
const CUSTOMER = customerKey();
const KINDS = {
  s3: SSE_S3,
  kms: SSE_KMS,
  bucketKey: { ...SSE_KMS, BucketKeyEnabled: true },
  c: CUSTOMER,
};

let all: Encrypted;

beforeAll(async () => {
  all = await startEncrypted();
  for (const [name, sse] of Object.entries(KINDS)) {
    for (const [size, Body] of Object.entries({ small: SMALL, large: LARGE })) {
      const Key = `${name} ${size}`;
      await all.client.send(new PutObjectCommand({ Bucket, Key, Body, ...sse }));
    }
    const params = { Bucket, Key: `${name} parts`, Body: LARGE, ...sse };
    await new Upload({ client: all.client, params }).done();
  }
  const CopySource = `${Bucket}/${encodeURIComponent('s3 large')}`;
  await all.client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource }));
});
afterAll(() => all[Symbol.asyncDispose]());

function everyFile(folder: string): Buffer[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((one) => one.isFile());
  return files.map((file) => readFileSync(join(file.parentPath, file.name)));
}

describe('what lies on disk', () => {
  it('holds no plaintext under any kind of encryption, in data files, database or logs', () => {
    const files = everyFile(all.s3.folder);
    const total = files.reduce((sum, one) => sum + one.length, 0);
    expect(total).toBeGreaterThan(LARGE.length * 8);
    const needles = [
      CANARY,
      CANARY.slice(0, 16),
      Buffer.from(CANARY).toString('base64').slice(0, 20),
    ];
    for (const needle of needles) {
      expect(files.filter((one) => one.includes(needle))).toHaveLength(0);
    }
  });

  it('holds no key: not the master key, not the customer’s, in any spelling', () => {
    const files = everyFile(all.s3.folder);
    const customer = Buffer.from(CUSTOMER.SSECustomerKey, 'base64');
    for (const key of [customer, MASTER_KEY_BYTES]) {
      for (const needle of [key, key.toString('base64'), key.toString('hex')]) {
        expect(files.filter((one) => one.includes(needle))).toHaveLength(0);
      }
    }
  });

  it('differs under the kinds, though the plaintext is the same', async () => {
    const { catalog } = all.s3.server.backend;
    for (const size of ['small', 'large']) {
      const versions = Object.keys(KINDS).map((name) => catalog.latest(Bucket, `${name} ${size}`));
      const sums = versions.map((version) => version?.extents[0]?.crc32);
      expect(new Set(sums).size).toBe(4);
      expect(new Set(versions.map((one) => one?.sizeBytes)).size).toBe(1);
    }
    const contents = everyFile(join(all.s3.folder, 'data'));
    const digests = contents.map((one) => createHash('sha256').update(one).digest('hex'));
    expect(new Set(digests).size).toBe(digests.length);
    // Nothing that repeats in the plaintext repeats on disk.
    for (const bytes of contents) {
      expect(bytes.indexOf(bytes.subarray(1000, 1016), 1016)).toBe(-1);
    }
  });

  it('has entries for what is told of it, and no more', () => {
    const { catalog } = all.s3.server.backend;
    const kinds = Object.keys(KINDS).map((name) => catalog.latest(Bucket, `${name} small`));
    expect(kinds.map((one) => one?.encryption.kind)).toEqual([
      'sse-s3',
      'sse-kms',
      'sse-kms',
      'sse-c',
    ]);
    expect(all.s3.errors).toEqual([]);
  });
});
