import { createHash, randomBytes } from 'node:crypto';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { CopyObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startS3 } from '../../support/start-s3.ts';
import type { TestS3 } from '../../support/start-s3.ts';
import { outcomeOf } from './codes.ts';

const Bucket = 'box';
const BYTES = randomBytes(300_000);
const MD5 = `"${createHash('md5').update(BYTES).digest('hex')}"`;
let s3: TestS3;
let client: S3Client;

beforeAll(async () => {
  s3 = await startS3();
  client = s3.client();
  await client.send(new CreateBucketCommand({ Bucket }));
  await client.send(
    new PutObjectCommand({
      Bucket,
      Key: 'source',
      Body: BYTES,
      ContentType: 'text/plain',
      StorageClass: 'STANDARD_IA',
      Metadata: { color: 'red' },
      Tagging: 'a=1',
      ChecksumAlgorithm: 'CRC32',
    }),
  );
});
afterAll(async () => {
  expect(s3.errors).toEqual([]);
  await s3.stop();
});

const copy = (Key: string, more: Partial<CopyObjectCommandInput> = {}) =>
  client.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/source`, ...more }));
const head = (Key: string) =>
  client.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
const tagsOf = async (Key: string) =>
  (await client.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet;

async function read(Key: string): Promise<Buffer> {
  const got = await client.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from((await got.Body?.transformToByteArray()) ?? []);
}

describe('a copy', () => {
  it('has the bytes, the metadata, the tags and the checksum of its source', async () => {
    const { CopyObjectResult: result } = await copy('same');
    expect(result?.ETag).toBe(MD5);
    expect(result?.LastModified).toBeInstanceOf(Date);
    const { ChecksumCRC32 } = await head('source');
    expect(result?.ChecksumCRC32).toBe(ChecksumCRC32);
    const made = await head('same');
    expect(made).toMatchObject({
      ETag: MD5,
      ContentType: 'text/plain',
      Metadata: { color: 'red' },
      ChecksumCRC32,
    });
    expect(made.StorageClass).toBeUndefined();
    expect(await tagsOf('same')).toEqual([{ Key: 'a', Value: '1' }]);
    expect((await read('same')).equals(BYTES)).toBe(true);
  });

  it('is encrypted under a key of its own: its bytes on disk are others', async () => {
    await copy('other bytes');
    const { catalog } = s3.server.backend;
    const [one, two] = ['source', 'other bytes'].map((key) => catalog.latest(Bucket, key));
    expect(one?.encryption).not.toEqual(two?.encryption);
    expect(one?.extents[0]?.id).not.toBe(two?.extents[0]?.id);
    expect(one?.extents[0]?.crc32).not.toBe(two?.extents[0]?.crc32);
  });

  it('has other metadata and tags where it is told to', async () => {
    await copy('replaced', {
      MetadataDirective: 'REPLACE',
      Metadata: { size: 'big' },
      TaggingDirective: 'REPLACE',
      Tagging: 'b=2',
    });
    const made = await head('replaced');
    expect(made.Metadata).toEqual({ size: 'big' });
    expect(made.ContentType).not.toBe('text/plain');
    expect(await tagsOf('replaced')).toEqual([{ Key: 'b', Value: '2' }]);
  });

  it('keeps the metadata where only other headers came along', async () => {
    await copy('kept', { Metadata: { size: 'big' }, Tagging: 'b=2' });
    expect((await head('kept')).Metadata).toEqual({ color: 'red' });
    expect(await tagsOf('kept')).toEqual([{ Key: 'a', Value: '1' }]);
  });

  it('has another checksum where one is asked for', async () => {
    const { CopyObjectResult: result } = await copy('sha', { ChecksumAlgorithm: 'SHA256' });
    const sha256 = createHash('sha256').update(BYTES).digest('base64');
    expect(result).toMatchObject({ ChecksumSHA256: sha256, ChecksumType: 'FULL_OBJECT' });
    expect((await head('sha')).ChecksumSHA256).toBe(sha256);
  });

  it('onto itself has to change something', async () => {
    expect(await outcomeOf(copy('source'))).toBe('400 InvalidRequest');
    await copy('self');
    const self = { CopySource: `${Bucket}/self` };
    expect(await outcomeOf(copy('self', self))).toBe('400 InvalidRequest');
    const replaced = { ...self, MetadataDirective: 'REPLACE', Metadata: { a: 'b' } } as const;
    expect(await outcomeOf(copy('self', replaced))).toBe('200');
    expect((await head('self')).Metadata).toEqual({ a: 'b' });
    expect((await read('self')).equals(BYTES)).toBe(true);
    expect(await outcomeOf(copy('self', { ...self, StorageClass: 'ONEZONE_IA' }))).toBe('200');
    expect(await outcomeOf(copy('self', { ...self, ServerSideEncryption: 'AES256' }))).toBe('200');
  });

  it('brings an old version back', async () => {
    const own = { Bucket: 'versions' };
    await client.send(new CreateBucketCommand(own));
    const Status = 'Enabled';
    await client.send(
      new PutBucketVersioningCommand({ ...own, VersioningConfiguration: { Status } }),
    );
    const put = (Body: string) => client.send(new PutObjectCommand({ ...own, Key: 'a b/ü', Body }));
    const old = await put('old');
    await put('new');
    const CopySource = `versions/${encodeURIComponent('a b/ü')}?versionId=${old.VersionId}`;
    const made = await copy('a b/ü', { ...own, CopySource });
    expect(made.CopySourceVersionId).toBe(old.VersionId);
    expect(made.VersionId).not.toBe(old.VersionId);
    const got = await client.send(new GetObjectCommand({ ...own, Key: 'a b/ü' }));
    expect(await got.Body?.transformToString()).toBe('old');

    const marker = await client.send(new DeleteObjectCommand({ ...own, Key: 'a b/ü' }));
    const from = (more: string) => `versions/${encodeURIComponent('a b/ü')}${more}`;
    expect(await outcomeOf(copy('x', { CopySource: from('') }))).toBe('404 NoSuchKey');
    expect(await outcomeOf(copy('x', { CopySource: from(`?versionId=${marker.VersionId}`) }))).toBe(
      '400 InvalidRequest',
    );
  });

  it('of what is not there, or said badly, is refused', async () => {
    const cases = [
      [`${Bucket}/nothing`, '404 NoSuchKey'],
      ['no-such-bucket/a', '404 NoSuchBucket'],
      ['nothing-at-all', '400 InvalidArgument'],
      [`${Bucket}/source?versionId=x`, '400 InvalidArgument'],
      [`${Bucket}/source?versionId=${'0'.repeat(32)}`, '404 NoSuchVersion'],
    ] as const;
    for (const [CopySource, outcome] of cases) {
      expect(await outcomeOf(copy('x', { CopySource })), CopySource).toBe(outcome);
    }
    const MetadataDirective = 'KEEP' as 'COPY';
    expect(await outcomeOf(copy('x', { MetadataDirective }))).toBe('400 InvalidArgument');
  });
});
