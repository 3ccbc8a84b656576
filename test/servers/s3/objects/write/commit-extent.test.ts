import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Extent } from '../../../../../src/servers/s3/model/object-version.ts';
import { commitExtent } from '../../../../../src/servers/s3/objects/write/commit-extent.ts';
import { S3Error } from '../../../../../src/servers/s3/protocol/s3-error.ts';
import { startS3 } from '../../../support/start-s3.ts';
import type { TestS3 } from '../../../support/start-s3.ts';
import { outcomeOf } from '../codes.ts';

const KEY = randomBytes(32);
const BYTES = randomBytes(300_000);
let s3: TestS3;

beforeEach(async () => {
  s3 = await startS3();
});
afterEach(() => s3.stop());

async function written(): Promise<Extent> {
  async function* source(): AsyncGenerator<Buffer> {
    yield BYTES;
  }
  return (await s3.server.backend.extents.write(KEY, source())).extent;
}

async function isThere(extent: Extent): Promise<boolean> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of s3.server.backend.extents.read(extent, KEY)) pieces.push(piece);
  } catch {
    return false;
  }
  return Buffer.concat(pieces).equals(BYTES);
}

describe('commitExtent', () => {
  it('gives back what the commit gave', async () => {
    const extent = await written();
    expect(await commitExtent(s3.server.backend, extent, () => 'done')).toBe('done');
    expect(await isThere(extent)).toBe(true);
  });

  it('takes the extent away where the commit was refused', async () => {
    const extent = await written();
    const refusal = new S3Error('AccessDenied', 'no');
    const committing = commitExtent(s3.server.backend, extent, () => {
      throw refusal;
    });
    await expect(committing).rejects.toBe(refusal);
    expect(await isThere(extent)).toBe(false);
  });

  it('leaves the extent where nobody knows whether it was named', async () => {
    const extent = await written();
    const committing = commitExtent(s3.server.backend, extent, () => {
      throw new Error('disk I/O error');
    });
    await expect(committing).rejects.toThrow('disk I/O error');
    expect(await isThere(extent)).toBe(true);
  });
});

describe('a PUT that is refused at the end', () => {
  it('leaves no bytes behind', async () => {
    const client = s3.client();
    const Bucket = 'box';
    await client.send(new CreateBucketCommand({ Bucket }));
    const put = () =>
      outcomeOf(
        client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: BYTES, IfNoneMatch: '*' })),
      );
    const outcomes = await Promise.all(Array.from({ length: 8 }, put));
    expect(outcomes.filter((one) => one === '200')).toHaveLength(1);
    expect(dataFiles(s3.folder)).toHaveLength(1);
  });
});

function dataFiles(folder: string): string[] {
  const entries = readdirSync(join(folder, 'data'), { recursive: true, withFileTypes: true });
  return entries.filter((one) => one.isFile()).map((one) => one.name);
}
