import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  paginateListObjectsV2,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { _Object, ListObjectsV2CommandOutput, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startS3 } from '../../support/start-s3.ts';
import type { TestS3 } from '../../support/start-s3.ts';

const Bucket = 'listed';
const ODD = [
  'control\u0001\u001f',
  'new\nline',
  'plus+and space',
  '<&>"',
  '%41',
  'ü/é',
  '\u{1f600}',
];
const KEYS = ['a', 'b/1', 'b/2', 'b/c/3', 'bb', 'c/1', 'd', ...ODD].sort(byBytes);

let server: TestS3;
let client: S3Client;

beforeAll(async () => {
  server = await startS3();
  client = server.client();
  await client.send(new CreateBucketCommand({ Bucket }));
  await put(Bucket, KEYS);
});

afterAll(async () => {
  expect(server.errors).toEqual([]);
  await server.stop();
});

async function put(bucket: string, keys: readonly string[]): Promise<void> {
  const body = Buffer.from('x');
  await Promise.all(
    keys.map((Key) => client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: body }))),
  );
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

async function refusal(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'nothing was refused',
    (error: unknown) => (error instanceof Error ? error.name : String(error)),
  );
}

interface Listed {
  readonly Contents?: readonly _Object[] | undefined;
}

function keysOf({ Contents = [] }: Listed): string[] {
  return Contents.map(({ Key }) => Key ?? '');
}

function prefixesOf({ CommonPrefixes = [] }: ListObjectsV2CommandOutput): string[] {
  return CommonPrefixes.map(({ Prefix }) => Prefix ?? '');
}

const list = (more: object) => client.send(new ListObjectsV2Command({ Bucket, ...more }));
const listOld = (more: object) => client.send(new ListObjectsCommand({ Bucket, ...more }));

describe('ListObjectsV2', () => {
  it('gives all keys in order of their bytes, by the SDK’s own pages', async () => {
    for (const pageSize of [1, 2, 5, 1000]) {
      const pages: ListObjectsV2CommandOutput[] = [];
      const options = { Bucket, EncodingType: 'url' } as const;
      for await (const page of paginateListObjectsV2({ client, pageSize }, options))
        pages.push(page);
      expect(pages.flatMap(keysOf).map(decodeURIComponent)).toEqual(KEYS);
      for (const { KeyCount, Contents } of pages) expect(KeyCount).toBe(Contents?.length);
    }
  });

  it('says what an entry is', async () => {
    const { Contents, ...page } = await list({ MaxKeys: 1, FetchOwner: true });
    expect(page).toMatchObject({ Name: Bucket, MaxKeys: 1, IsTruncated: true, KeyCount: 1 });
    expect(Contents).toMatchObject([
      {
        Key: KEYS[0],
        Size: 1,
        ETag: '"9dd4e461268c8034f5c8564e155c67a6"',
        StorageClass: 'STANDARD',
        ChecksumAlgorithm: ['CRC32'],
        ChecksumType: 'FULL_OBJECT',
      },
    ]);
    expect(Contents?.[0]?.LastModified?.getTime()).toBeGreaterThan(Date.now() - 60_000);
    expect(Contents?.[0]?.Owner?.ID).toMatch(/^[0-9a-f]{64}$/);
    const without = await list({ MaxKeys: 1 });
    expect(without.Contents?.[0]?.Owner).toBeUndefined();
  });

  it('rolls keys up, and counts folders in pages', async () => {
    const page = await list({ Delimiter: '/', EncodingType: 'url' });
    expect(prefixesOf(page)).toEqual(['b/', 'c/', '%C3%BC/']);
    expect(keysOf(page).map(decodeURIComponent)).toEqual(KEYS.filter((key) => !key.includes('/')));
    expect(page.KeyCount).toBe(KEYS.filter((key) => !key.includes('/')).length + 3);
    const inside = await list({ Delimiter: '/', Prefix: 'b/' });
    expect([keysOf(inside), prefixesOf(inside)]).toEqual([['b/1', 'b/2'], ['b/c/']]);
    const long = await list({ Delimiter: '/c/', Prefix: 'b' });
    expect([keysOf(long), prefixesOf(long)]).toEqual([['b/1', 'b/2', 'bb'], ['b/c/']]);
    const seen: string[] = [];
    let ContinuationToken: string | undefined;
    do {
      const next = await list({ Delimiter: '/', MaxKeys: 1, ContinuationToken, Prefix: 'b' });
      seen.push(...keysOf(next), ...prefixesOf(next));
      ContinuationToken = next.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    expect(seen).toEqual(['b/', 'bb']);
  });

  it('starts after a key, but a token wins', async () => {
    const page = await list({ StartAfter: 'b/1', Prefix: 'b' });
    expect(keysOf(page)).toEqual(['b/2', 'b/c/3', 'bb']);
    expect(page.StartAfter).toBe('b/1');
    const first = await list({ Prefix: 'b', MaxKeys: 3 });
    const token = { ContinuationToken: first.NextContinuationToken };
    expect(keysOf(await list({ Prefix: 'b', StartAfter: 'b/1', ...token }))).toEqual(['bb']);
    // As AWS says: common prefixes have to be greater than it.
    const folders = await list({ Delimiter: '/', StartAfter: 'b/1' });
    expect(prefixesOf(folders)).not.toContain('b/');
    expect(prefixesOf(await list({ Delimiter: '/', StartAfter: 'b' }))).toContain('b/');
  });

  it('gives none, all, or no more than a thousand where the number says so', async () => {
    const none = await list({ MaxKeys: 0 });
    expect(none).toMatchObject({ MaxKeys: 0, KeyCount: 0, IsTruncated: false });
    expect(none.Contents).toBeUndefined();
    expect(await list({ MaxKeys: 5000 })).toMatchObject({ MaxKeys: 1000, IsTruncated: false });
    for (const MaxKeys of [-1, 2 ** 31, 1.5, Number.NaN]) {
      expect(await refusal(list({ MaxKeys }))).toBe('InvalidArgument');
    }
  });

  it('refuses tokens and encodings that are not its own', async () => {
    for (const ContinuationToken of ['a', 'b/1', '1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=']) {
      expect(await refusal(list({ ContinuationToken }))).toBe('InvalidArgument');
    }
    expect(await refusal(list({ EncodingType: 'base64' }))).toBe('InvalidArgument');
    const missing = new ListObjectsV2Command({ Bucket: 'no-such-bucket' });
    expect(await refusal(client.send(missing))).toBe('NoSuchBucket');
  });

  it('shows what was written at once, and not what was deleted', async () => {
    await put(Bucket, ['zz-new']);
    expect(keysOf(await list({ Prefix: 'zz' }))).toEqual(['zz-new']);
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'zz-new' }));
    expect(keysOf(await list({ Prefix: 'zz' }))).toEqual([]);
  });

  it('goes on where a key was deleted between two pages', async () => {
    await put(Bucket, ['zz-1', 'zz-2', 'zz-3']);
    const first = await list({ Prefix: 'zz', MaxKeys: 2 });
    for (const Key of keysOf(first)) await client.send(new DeleteObjectCommand({ Bucket, Key }));
    const ContinuationToken = first.NextContinuationToken;
    expect(keysOf(await list({ Prefix: 'zz', ContinuationToken }))).toEqual(['zz-3']);
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'zz-3' }));
  });
});

describe('ListObjects, the first version', () => {
  it('goes on from the last key, or from NextMarker where there is a delimiter', async () => {
    const plain: string[] = [];
    let Marker: string | undefined;
    for (;;) {
      const page = await listOld({ MaxKeys: 3, Marker, EncodingType: 'url' });
      expect(page.NextMarker).toBeUndefined();
      plain.push(...keysOf(page).map(decodeURIComponent));
      if (!page.IsTruncated) break;
      Marker = plain.at(-1);
    }
    expect(plain).toEqual(KEYS);
    const rolled: string[] = [];
    Marker = undefined;
    for (;;) {
      const page = await listOld({ MaxKeys: 1, Marker, Delimiter: '/', Prefix: 'b' });
      rolled.push(...keysOf(page), ...(page.CommonPrefixes ?? []).map((one) => one.Prefix ?? ''));
      if (!page.IsTruncated) break;
      Marker = page.NextMarker;
    }
    expect(rolled).toEqual(['b/', 'bb']);
  });

  it('always names the owner', async () => {
    const { Contents } = await listOld({ MaxKeys: 1 });
    expect(Contents?.[0]?.Owner?.DisplayName).toBe('cybs3');
  });
});

describe('ListObjectVersions', () => {
  const versioned = 'versioned';
  const listVersions = (more: object) =>
    client.send(new ListObjectVersionsCommand({ Bucket: versioned, ...more }));

  beforeAll(async () => {
    await client.send(new CreateBucketCommand({ Bucket: versioned }));
    await put(versioned, ['old']);
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await client.send(
      new PutBucketVersioningCommand({ Bucket: versioned, VersioningConfiguration }),
    );
    for (const Key of ['old', 'k', 'k', 'k', 'f/1', 'f/2', 'z']) await put(versioned, [Key]);
    await client.send(new DeleteObjectCommand({ Bucket: versioned, Key: 'k' }));
  });

  it('gives versions and delete markers, newest first, and which is the latest', async () => {
    const { Versions = [], DeleteMarkers = [] } = await listVersions({});
    const seen = Versions.map(({ Key, IsLatest }) => `${Key} ${IsLatest}`);
    const older = ['k false', 'k false', 'k false', 'old true', 'old false'];
    expect(seen).toEqual(['f/1 true', 'f/2 true', ...older, 'z true']);
    expect(DeleteMarkers).toMatchObject([{ Key: 'k', IsLatest: true }]);
    expect(Versions.find(({ Key, IsLatest }) => Key === 'old' && !IsLatest)?.VersionId).toBe(
      'null',
    );
    const times = Versions.filter(({ Key }) => Key === 'k').map((one) => Number(one.LastModified));
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    const plain = await client.send(new ListObjectsV2Command({ Bucket: versioned }));
    expect(keysOf(plain)).toEqual(['f/1', 'f/2', 'old', 'z']);
  });

  it('comes in pages of any size', async () => {
    const idsOf = ({
      Versions = [],
      DeleteMarkers = [],
    }: Awaited<ReturnType<typeof listVersions>>) =>
      [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => `${Key} ${VersionId}`);
    const all = idsOf(await listVersions({}));
    for (const MaxKeys of [1, 2, 3, 4]) {
      const seen: string[] = [];
      let next = {};
      for (;;) {
        const page = await listVersions({ MaxKeys, ...next });
        seen.push(...idsOf(page));
        if (!page.IsTruncated) break;
        next = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
      }
      expect(seen).toHaveLength(all.length);
      expect(new Set(seen)).toEqual(new Set(all));
    }
  });

  it('rolls keys up and goes on behind a folder', async () => {
    const first = await listVersions({ Delimiter: '/', MaxKeys: 1 });
    expect(first.CommonPrefixes).toEqual([{ Prefix: 'f/' }]);
    expect([first.NextKeyMarker, first.NextVersionIdMarker]).toEqual(['f/', undefined]);
    const rest = await listVersions({ Delimiter: '/', KeyMarker: first.NextKeyMarker });
    expect(rest.CommonPrefixes).toBeUndefined();
    expect(rest.Versions?.[0]?.Key).toBe('k');
    expect(rest.KeyMarker).toBe('f/');
  });

  it('lets versions be deleted page after page', async () => {
    await Promise.all(Array.from({ length: 7 }, () => put(versioned, ['many'])));
    let next = {};
    for (let pages = 0; ; pages++) {
      expect(pages).toBeLessThan(10);
      const page = await listVersions({ Prefix: 'many', MaxKeys: 2, ...next });
      for (const { Key, VersionId } of page.Versions ?? []) {
        await client.send(new DeleteObjectCommand({ Bucket: versioned, Key, VersionId }));
      }
      if (!page.IsTruncated) break;
      next = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    }
    expect((await listVersions({ Prefix: 'many' })).Versions).toBeUndefined();
  });

  it('refuses markers that are none', async () => {
    expect(await refusal(listVersions({ VersionIdMarker: 'null' }))).toBe('InvalidArgument');
    const garbage = { KeyMarker: 'k', VersionIdMarker: '../x' };
    expect(await refusal(listVersions(garbage))).toBe('InvalidArgument');
  });
});

describe('a key with limits', () => {
  it('lists under its prefix only', async () => {
    const scope = { bucket: Bucket, prefix: 'b/' };
    const limited = server.client(server.addKey('limited', 'read', [scope]));
    const under = await limited.send(new ListObjectsV2Command({ Bucket, Prefix: 'b/' }));
    expect(keysOf(under)).toEqual(['b/1', 'b/2', 'b/c/3']);
    for (const Prefix of [undefined, '', 'b', 'c/']) {
      const other = new ListObjectsV2Command({ Bucket, Prefix });
      expect(await refusal(limited.send(other))).toBe('AccessDenied');
    }
  });
});
