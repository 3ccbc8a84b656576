import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { startS3 } from '../../support/start-s3.ts';

const Bucket = 'box';
const Key = 'parts';

function dataFiles(folder: string): string[] {
  const entries = readdirSync(join(folder, 'data'), { recursive: true, withFileTypes: true });
  return entries.filter((one) => one.isFile()).map((one) => one.name);
}

it('a part stays where nobody knows whether the disk took its entry', async () => {
  await using s3 = await startS3();
  const client = s3.client();
  await client.send(new CreateBucketCommand({ Bucket }));
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const { catalog } = s3.server.backend;
  const write = catalog.write.bind(catalog);
  // As where the log of the database is not synced: a restart may find the entry, or not.
  catalog.write = () => Promise.reject(new Error('disk I/O error'));
  const part = { Bucket, Key, UploadId, PartNumber: 1, Body: randomBytes(300_000) };
  const sending = client.send(new UploadPartCommand(part));
  await expect(sending).rejects.toMatchObject({ name: 'InternalError' });
  catalog.write = write;
  expect(s3.errors).toMatchObject([{ message: 'disk I/O error' }]);
  expect(dataFiles(s3.folder)).toHaveLength(1);
});

it('a part that is refused at the end leaves no bytes', async () => {
  await using s3 = await startS3();
  const client = s3.client();
  await client.send(new CreateBucketCommand({ Bucket }));
  const asked = { Bucket, Key, ChecksumAlgorithm: 'SHA256' } as const;
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(asked));
  const part = { Bucket, Key, UploadId, PartNumber: 1, Body: randomBytes(300_000) };
  const other = new UploadPartCommand({ ...part, ChecksumAlgorithm: 'CRC32' });
  await expect(client.send(other)).rejects.toMatchObject({ name: 'InvalidRequest' });
  expect(dataFiles(s3.folder)).toEqual([]);
});
