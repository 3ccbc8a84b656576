import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
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

const put = (Key: string, Body: string | Uint8Array, more = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const get = (Key: string, more = {}) => client.send(new GetObjectCommand({ Bucket, Key, ...more }));

async function bytesOf(got: Awaited<ReturnType<typeof get>>): Promise<Buffer> {
  return Buffer.from((await got.Body?.transformToByteArray()) ?? []);
}

describe('an object', () => {
  it.each([0, 1, 1000, 100_000, 131_072, 131_073, 3_000_000])(
    'of %i bytes comes back as it went, with its MD5 as ETag',
    async (length) => {
      const bytes = randomBytes(length);
      const answer = await put(`size ${length}`, bytes);
      const md5 = createHash('md5').update(bytes).digest('hex');
      expect(answer.ETag).toBe(`"${md5}"`);
      expect(answer.ServerSideEncryption).toBe('AES256');
      const got = await get(`size ${length}`);
      expect(got).toMatchObject({
        ETag: `"${md5}"`,
        ContentLength: length,
        AcceptRanges: 'bytes',
        ServerSideEncryption: 'AES256',
        ContentType: 'application/octet-stream',
      });
      expect((await bytesOf(got)).equals(bytes)).toBe(true);
    },
  );

  it('keeps headers, metadata and the count of its tags', async () => {
    const kept = {
      ContentType: 'text/plain; charset=utf-8',
      CacheControl: 'max-age=5',
      ContentDisposition: 'attachment; filename="a b"',
      ContentEncoding: 'gzip',
      ContentLanguage: 'de',
      StorageClass: 'STANDARD_IA',
      WebsiteRedirectLocation: '/there',
      Metadata: { color: 'red', 'some-thing': 'a, b' },
    } as const;
    await put('headers', 'text', { ...kept, Tagging: 'a=1&b=2' });
    const { StorageClass, ...others } = kept;
    expect(await get('headers')).toMatchObject({ ...others, StorageClass, TagCount: 2 });
    expect(await client.send(new HeadObjectCommand({ Bucket, Key: 'headers' }))).toMatchObject({
      ...kept,
      ContentLength: 4,
    });
  });

  it('is replaced by the next one of its key', async () => {
    await put('twice', 'one', { Metadata: { a: 'b' } });
    await put('twice', 'two');
    const got = await get('twice');
    expect(got.Metadata).toEqual({});
    expect(String(await bytesOf(got))).toBe('two');
    expect(got.VersionId).toBeUndefined();
  });

  it('has any key, which is never a path', async () => {
    const keys = [
      '../../up',
      '/abs',
      'a//b',
      './.',
      'ü €🎉',
      'a b+c%2F',
      '\u0001\t',
      'x'.repeat(1024),
    ];
    for (const key of keys) {
      await put(key, key);
      expect(String(await bytesOf(await get(key)))).toBe(key);
    }
  });

  it('shows when it was written, in whole seconds', async () => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    await put('when', '');
    const { LastModified } = await get('when');
    expect(LastModified?.getTime()).toBeGreaterThanOrEqual(before);
    expect((LastModified?.getTime() ?? 1) % 1000).toBe(0);
  });

  it('has the headers that a GET wants it to have', async () => {
    await put('override', 'x');
    const got = await get('override', {
      ResponseContentType: 'text/html',
      ResponseContentDisposition: 'inline',
      ResponseCacheControl: 'no-cache',
      ResponseContentEncoding: 'br',
      ResponseContentLanguage: 'fr',
    });
    expect(got).toMatchObject({
      ContentType: 'text/html',
      ContentDisposition: 'inline',
      CacheControl: 'no-cache',
      ContentEncoding: 'br',
      ContentLanguage: 'fr',
    });
    expect(await outcomeOf(get('override', { ResponseContentType: 'a\r\nset-cookie: b' }))).toBe(
      '400 InvalidArgument',
    );
  });

  it('that is not there is not there', async () => {
    expect(await outcomeOf(get('nothing'))).toBe('404 NoSuchKey');
    expect(await outcomeOf(get('nothing', { VersionId: 'null' }))).toBe('404 NoSuchVersion');
    expect(await outcomeOf(get('nothing', { VersionId: '../x' }))).toBe('400 InvalidArgument');
    expect(await outcomeOf(get('a', { Bucket: 'no-such-bucket' }))).toBe('404 NoSuchBucket');
    expect(await outcomeOf(put('a', 'b', { Bucket: 'no-such-bucket' }))).toBe('404 NoSuchBucket');
    expect(await outcomeOf(client.send(new HeadObjectCommand({ Bucket, Key: 'nothing' })))).toBe(
      '404 NotFound',
    );
  });

  it('is not there where its body did not fit its checksum, and what was there stays', async () => {
    await put('checked', 'before');
    const wrong = [
      { ContentMD5: createHash('md5').update('other').digest('base64') },
      { ChecksumSHA256: createHash('sha256').update('other').digest('base64') },
      { ChecksumCRC32: 'AAAAAA==' },
    ];
    for (const checksum of wrong) {
      expect(await outcomeOf(put('checked', 'after', checksum))).toBe('400 BadDigest');
    }
    expect(String(await bytesOf(await get('checked')))).toBe('before');
  });

  it.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)(
    'shows its %s to who wants to see it, and the SDK finds it right',
    async (ChecksumAlgorithm) => {
      const body = randomBytes(70_000);
      const name = `Checksum${ChecksumAlgorithm}` as const;
      const sent = await put(ChecksumAlgorithm, body, { ChecksumAlgorithm });
      expect(sent[name]).toMatch(/^[\w+/]+=*$/);
      expect(sent.ChecksumType).toBe('FULL_OBJECT');
      const got = await get(ChecksumAlgorithm, { ChecksumMode: 'ENABLED' });
      expect(got).toMatchObject({ [name]: sent[name], ChecksumType: 'FULL_OBJECT' });
      expect((await bytesOf(got)).equals(body)).toBe(true);
      const ranged = await get(ChecksumAlgorithm, { ChecksumMode: 'ENABLED', Range: 'bytes=0-9' });
      expect(ranged[name]).toBeUndefined();
      expect((await bytesOf(ranged)).equals(body.subarray(0, 10))).toBe(true);
    },
  );

  it('of unknown length comes in a stream', async () => {
    const pieces = Array.from({ length: 50 }, () => randomBytes(20_000));
    const Body = Readable.from(pieces);
    const whole = Buffer.concat(pieces);
    await client.send(
      new PutObjectCommand({ Bucket, Key: 'stream', Body, ContentLength: whole.length }),
    );
    expect((await bytesOf(await get('stream'))).equals(whole)).toBe(true);
  });

  it('keeps all versions of itself where the bucket does', async () => {
    const own = { Bucket: 'versions' };
    await client.send(new CreateBucketCommand(own));
    await put('a', 'zero', own);
    await client.send(
      new PutBucketVersioningCommand({
        ...own,
        VersioningConfiguration: { Status: 'Enabled' },
      }),
    );
    const one = await put('a', 'one', own);
    const two = await put('a', 'two', own);
    expect(one.VersionId).toMatch(/^[0-9a-f]{32}$/);
    const read = async (VersionId?: string) =>
      String(await bytesOf(await get('a', { ...own, VersionId })));
    expect(await read()).toBe('two');
    expect(await read(one.VersionId)).toBe('one');
    expect(await read(two.VersionId)).toBe('two');
    expect(await read('null')).toBe('zero');
    expect((await get('a', own)).VersionId).toBe(two.VersionId);
  });

  it('is not there where its client went away in the middle of sending it', async () => {
    const { signal, abort } = abortable();
    const Body = Readable.from(
      (async function* () {
        yield randomBytes(200_000);
        abort();
        await new Promise((resolve) => setTimeout(resolve, 50));
        yield randomBytes(200_000);
      })(),
    );
    const sending = client.send(
      new PutObjectCommand({ Bucket, Key: 'half', Body, ContentLength: 400_000 }),
      { abortSignal: signal },
    );
    await expect(sending).rejects.toThrow();
    expect(await outcomeOf(get('half'))).toBe('404 NoSuchKey');
  });

  it('whose reader goes away leaves nothing open and nobody waiting', async () => {
    const body = randomBytes(8_000_000);
    await put('left', body);
    for (let round = 0; round < 20; round++) await leaveEarly('left');
    expect((await bytesOf(await get('left'))).equals(body)).toBe(true);
  });
});

function abortable(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

/** Takes the head and the first piece, and hangs up. */
async function leaveEarly(key: string): Promise<void> {
  const got = await get(key);
  (got.Body as Readable).on('error', () => undefined).destroy();
}
