import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  GetObjectAttributesCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { CompletedPart } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sweepGarbage } from '../../../../src/servers/s3/upkeep/sweep.ts';
import type { TestS3 } from '../../support/start-s3.ts';
import { startS3 } from '../../support/start-s3.ts';
import {
  begin,
  completion,
  contentOf,
  md5,
  PART_BYTES,
  refusal,
  sendParts,
  someBytes,
  uploadInParts,
} from './upload-in-parts.ts';

const Bucket = 'parts';
let server: TestS3;

beforeAll(async () => {
  server = await startS3();
  await server.client().send(new CreateBucketCommand({ Bucket }));
});

afterAll(async () => {
  expect(server.errors).toEqual([]);
  await server.stop();
});

/** Files of extents, with their inodes. */
function files(): Map<string, number> {
  const root = join(server.folder, 'data');
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
  const found = names.map((name) => [name, statSync(join(root, name))] as const);
  return new Map(found.filter(([, stat]) => stat.isFile()).map(([name, { ino }]) => [name, ino]));
}

/** Takes away at once what the server would let lie for a while. */
async function sweep(): Promise<void> {
  const { catalog, extents } = server.server.backend;
  const rooms = {
    catalog: catalog as Parameters<typeof sweepGarbage>[0]['catalog'],
    extents: extents as Parameters<typeof sweepGarbage>[0]['extents'],
  };
  // Garbage of the first call is old enough for the second.
  for (let i = 0; i < 2; i++) await sweepGarbage(rooms);
}

describe('an upload in parts', () => {
  it('becomes an object of the parts that are named, whatever the order they came in', async () => {
    const client = server.client();
    const place = { Bucket, Key: 'order' };
    const bodies = [someBytes(PART_BYTES), someBytes(PART_BYTES + 7), someBytes(100)] as const;
    const UploadId = await begin(client, place, {
      ContentType: 'text/x-test',
      Metadata: { colour: 'blue' },
      Tagging: 'a=b',
    });
    const Parts: CompletedPart[] = [];
    for (const [PartNumber, at] of [
      [12, 2],
      [3, 0],
      [7, 1],
    ] as const) {
      const Body = bodies[at];
      const input = { ...place, UploadId, PartNumber, Body };
      const { ETag = '' } = await client.send(new UploadPartCommand(input));
      expect(ETag).toBe(`"${md5(Body)}"`);
      Parts.push({ PartNumber, ETag });
    }
    Parts.sort((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
    const answer = await client.send(completion(place, { UploadId, Parts }));
    const joined = Buffer.concat(bodies.map((one) => Buffer.from(md5(one), 'hex')));
    expect(answer).toMatchObject({ Bucket, Key: 'order', ETag: `"${md5(joined)}-3"` });
    expect(answer.Location).toBe(`${server.url.replace(/\/$/, '')}/parts/order`);
    expect((await contentOf(client, place)).equals(Buffer.concat(bodies))).toBe(true);
    const head = await client.send(new HeadObjectCommand(place));
    expect(head).toMatchObject({
      ETag: answer.ETag,
      ContentType: 'text/x-test',
      Metadata: { colour: 'blue' },
      ContentLength: 2 * PART_BYTES + 107,
      ServerSideEncryption: 'AES256',
    });
    const second = await contentOf(client, place, { PartNumber: 7 });
    expect(second.equals(bodies[1])).toBe(true);
    const over = await contentOf(client, place, {
      Range: `bytes=${PART_BYTES - 3}-${PART_BYTES + 4}`,
    });
    expect(over.equals(Buffer.concat(bodies).subarray(PART_BYTES - 3, PART_BYTES + 5))).toBe(true);
  });

  it('is completed without copying: its parts’ files are the object’s files', async () => {
    const client = server.client();
    const place = { Bucket, Key: 'no-copy' };
    const uploadId = await begin(client, place);
    const bodies = [someBytes(PART_BYTES), someBytes(PART_BYTES), someBytes(PART_BYTES)];
    const sent = await sendParts(client, place, { uploadId, bodies });
    const before = files();
    await client.send(completion(place, sent));
    expect(files()).toEqual(before);
  });

  it('takes the part that came last for a number, and drops the others’ bytes', async () => {
    const client = server.client();
    const place = { Bucket, Key: 'again' };
    const UploadId = await begin(client, place);
    await sweep();
    const before = files().size;
    const first = { ...place, UploadId, PartNumber: 1 };
    const old = await client.send(new UploadPartCommand({ ...first, Body: someBytes(PART_BYTES) }));
    const Body = someBytes(PART_BYTES);
    const { ETag } = await client.send(new UploadPartCommand({ ...first, Body }));
    const unused = { ...first, PartNumber: 2, Body: someBytes(PART_BYTES) };
    await client.send(new UploadPartCommand(unused));
    const stale = { UploadId, Parts: [{ PartNumber: 1, ETag: old.ETag }] };
    expect(await refusal(client.send(completion(place, stale)))).toBe('InvalidPart');
    await client.send(completion(place, { UploadId, Parts: [{ PartNumber: 1, ETag }] }));
    expect((await contentOf(client, place)).equals(Body)).toBe(true);
    await sweep();
    expect(files().size).toBe(before + 1);
  });

  it('of one small part, or an empty one, is fine', async () => {
    const client = server.client();
    for (const size of [0, 1, 40_000]) {
      const place = { Bucket, Key: `small-${size}` };
      const body = someBytes(size);
      await uploadInParts(client, place, [body]);
      expect((await contentOf(client, place)).equals(body)).toBe(true);
    }
  });

  it('shows nothing until it is completed, and nothing when it was aborted', async () => {
    const client = server.client();
    const place = { Bucket, Key: 'aborted' };
    await sweep();
    const before = files().size;
    const UploadId = await begin(client, place);
    await sendParts(client, place, { uploadId: UploadId, bodies: [someBytes(PART_BYTES)] });
    expect(await refusal(client.send(new HeadObjectCommand(place)))).toBe('NotFound');
    await client.send(new AbortMultipartUploadCommand({ ...place, UploadId }));
    const abort = new AbortMultipartUploadCommand({ ...place, UploadId });
    expect(await refusal(client.send(abort))).toBe('NoSuchUpload');
    const part = { ...place, UploadId, PartNumber: 1, Body: 'x' };
    expect(await refusal(client.send(new UploadPartCommand(part)))).toBe('NoSuchUpload');
    expect(await refusal(client.send(new ListPartsCommand({ ...place, UploadId })))).toBe(
      'NoSuchUpload',
    );
    await sweep();
    expect(files().size).toBe(before);
  });

  it('leaves nothing of a part whose upload was aborted while the part came', async () => {
    const client = server.client();
    const place = { Bucket, Key: 'aborted-meanwhile' };
    await sweep();
    const before = files().size;
    const UploadId = await begin(client, place);
    const body = someBytes(PART_BYTES);
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const slow = async function* () {
      yield body.subarray(0, PART_BYTES / 2);
      await gate;
      yield body.subarray(PART_BYTES / 2);
    };
    const Body = Readable.from(slow());
    const input = { ...place, UploadId, PartNumber: 1, Body, ContentLength: PART_BYTES };
    const sending = refusal(client.send(new UploadPartCommand(input)));
    await expect.poll(() => files().size, { timeout: 10_000 }).toBe(before + 1);
    await client.send(new AbortMultipartUploadCommand({ ...place, UploadId }));
    release();
    expect(await sending).toBe('NoSuchUpload');
    expect(files().size).toBe(before);
  });
});

describe('completing an upload', () => {
  it('twice gives the same answer twice, as with AWS, and makes one version', async () => {
    const client = server.client();
    const versioned = 'twice';
    await client.send(new CreateBucketCommand({ Bucket: versioned }));
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await client.send(
      new PutBucketVersioningCommand({ Bucket: versioned, VersioningConfiguration }),
    );
    const place = { Bucket: versioned, Key: 'key' };
    const { answer, ...sent } = await uploadInParts(client, place, [someBytes(10)]);
    // As it would be after a broken connection, whatever the condition was.
    const again = await client.send(completion(place, sent, { IfNoneMatch: '*' }));
    expect(again.VersionId).toBe(answer.VersionId);
    expect(again.ETag).toBe(answer.ETag);
    const listed = await client.send(new ListObjectVersionsCommand({ Bucket: versioned }));
    expect(listed.Versions).toHaveLength(1);
    const others = { ...sent, Parts: [{ PartNumber: 1, ETag: `"${'0'.repeat(32)}"` }] };
    expect(await refusal(client.send(completion(place, others)))).toBe('NoSuchUpload');
    await client.send(new PutObjectCommand({ ...place, Body: 'newer' }));
    expect(await refusal(client.send(completion(place, sent)))).toBe('NoSuchUpload');
  });

  it('is remembered by a server that starts anew', async () => {
    const folder = join(server.folder, 'of-its-own');
    const first = await startS3({ folder });
    await first.client().send(new CreateBucketCommand({ Bucket }));
    const place = { Bucket, Key: 'key' };
    const { answer, ...sent } = await uploadInParts(first.client(), place, [someBytes(10)]);
    await first.stop();
    const second = await startS3({ folder });
    try {
      const again = await second.client().send(completion(place, sent));
      expect(again.ETag).toBe(answer.ETag);
    } finally {
      await second.stop();
    }
  });

  it('is refused where a part is too small, missing, another, or out of order', async () => {
    const client = server.client();
    const place = { Bucket, Key: 'refused' };
    const uploadId = await begin(client, place);
    const bodies = [someBytes(1000), someBytes(1000)];
    const sent = await sendParts(client, place, { uploadId, bodies });
    const complete = (Parts: typeof sent.Parts) =>
      refusal(client.send(completion(place, { UploadId: uploadId, Parts })));
    expect(await complete(sent.Parts)).toBe('EntityTooSmall');
    expect(await complete(sent.Parts.toReversed())).toBe('InvalidPartOrder');
    const [first = {}] = sent.Parts;
    expect(await complete([{ ...first, PartNumber: 9 }])).toBe('InvalidPart');
    expect(await complete([{ ...first, ETag: '"0"' }])).toBe('InvalidPart');
    expect(await complete([])).toBe('MalformedXML');
    // All of that left it as it was.
    const listed = await client.send(new ListPartsCommand({ ...place, UploadId: uploadId }));
    expect(listed.Parts).toHaveLength(2);
    await client.send(completion(place, { UploadId: uploadId, Parts: [first] }));
  });

  it('is refused for uploads that never were, and for those of another key', async () => {
    const client = server.client();
    const place = { Bucket, Key: 'mine' };
    const uploadId = await begin(client, place);
    const sent = await sendParts(client, place, { uploadId, bodies: [someBytes(1)] });
    const elsewhere = { Bucket, Key: 'other' };
    expect(await refusal(client.send(completion(elsewhere, sent)))).toBe('NoSuchUpload');
    for (const UploadId of ['0'.repeat(32), 'x', '../../etc', '%00', 'A'.repeat(5000)]) {
      const none = completion(place, { ...sent, UploadId });
      expect(await refusal(client.send(none))).toBe('NoSuchUpload');
    }
  });

  it('keeps to its conditions, and can be tried again after them', async () => {
    const client = server.client();
    const place = { Bucket, Key: 'conditions' };
    const { ETag } = await client.send(new PutObjectCommand({ ...place, Body: 'there' }));
    const uploadId = await begin(client, place);
    const sent = await sendParts(client, place, { uploadId, bodies: [someBytes(10)] });
    const complete = (more: object) => client.send(completion(place, sent, more));
    expect(await refusal(complete({ IfNoneMatch: '*' }))).toBe('PreconditionFailed');
    expect(await refusal(complete({ IfMatch: '"other"' }))).toBe('PreconditionFailed');
    expect((await contentOf(client, place)).toString()).toBe('there');
    await complete({ IfMatch: ETag });
    const fresh = { Bucket, Key: 'conditions-new' };
    const newId = await begin(client, fresh);
    const parts = await sendParts(client, fresh, { uploadId: newId, bodies: [someBytes(10)] });
    expect(await refusal(client.send(completion(fresh, parts, { IfMatch: ETag })))).toBe(
      'NoSuchKey',
    );
    await client.send(completion(fresh, parts, { IfNoneMatch: '*' }));
  });

  it('lets one of many win that all say If-None-Match: *', async () => {
    const client = server.client();
    const place = { Bucket, Key: 'race' };
    const uploads = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const uploadId = await begin(client, place);
        return sendParts(client, place, { uploadId, bodies: [someBytes(10)] });
      }),
    );
    const ends = await Promise.all(
      uploads.map((sent) => refusal(client.send(completion(place, sent, { IfNoneMatch: '*' })))),
    );
    expect(ends.filter((end) => end === 'nothing was refused')).toHaveLength(1);
    expect(ends.filter((end) => end === 'PreconditionFailed')).toHaveLength(7);
  });

  it('of ten thousand parts takes a moment', async () => {
    const client = server.client();
    const place = { Bucket, Key: 'ten-thousand' };
    const UploadId = await begin(client, place);
    const { catalog } = server.server.backend;
    const ETag = md5(Buffer.from('part'));
    // 50 GB are too many for a test: completing looks at no bytes.
    await catalog.write(() => {
      for (let number = 1; number <= 10_000; number++) {
        const id = `f${number.toString(16).padStart(31, '0')}`;
        const sizes = { sizeBytes: PART_BYTES, storedBytes: PART_BYTES, crc32: 0 };
        const extent = { id, ...sizes, isInline: false };
        const part = { uploadId: UploadId, number, etag: ETag, checksum: undefined, extent };
        catalog.insertPart({ ...part, sizeBytes: PART_BYTES, modifiedMs: 0 });
      }
    });
    const Parts = Array.from({ length: 10_000 }, (_, at) => ({ PartNumber: at + 1, ETag }));
    const start = process.cpuUsage();
    const answer = await client.send(completion(place, { UploadId, Parts }));
    // Of the client, too: it writes and sends a document of 1 MB.
    expect(process.cpuUsage(start).user).toBeLessThan(4_000_000);
    expect(answer.ETag).toMatch(/-10000"$/);
    const head = await client.send(new HeadObjectCommand(place));
    expect(head.ContentLength).toBe(10_000 * PART_BYTES);
    const listed = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'ten-' }));
    expect(listed.Contents).toMatchObject([{ Size: 10_000 * PART_BYTES }]);
    const attributes = await client.send(
      new GetObjectAttributesCommand({
        ...place,
        ObjectAttributes: ['ObjectParts'],
        MaxParts: 3,
        PartNumberMarker: '5',
      }),
    );
    expect(attributes.ObjectParts).toMatchObject({ TotalPartsCount: 10_000, IsTruncated: true });
  });
});

describe('the SDK’s own Upload', () => {
  it('uploads a stream in parts, four at once', async () => {
    const client = server.client();
    const place = { Bucket, Key: 'lib-storage' };
    const bytes = someBytes(23 * 2 ** 20);
    const Body = Readable.from(
      Array.from({ length: 23 }, (_, at) => bytes.subarray(at * 2 ** 20, (at + 1) * 2 ** 20)),
    );
    const upload = new Upload({ client, params: { ...place, Body }, partSize: PART_BYTES });
    const answer = await upload.done();
    expect(answer.ETag).toMatch(/-5"$/);
    expect((await contentOf(client, place)).equals(bytes)).toBe(true);
  });

  it('leaves nothing when it is aborted', async () => {
    const client = server.client();
    const place = { Bucket, Key: 'lib-storage-aborted' };
    const Body = someBytes(20 * 2 ** 20);
    const upload = new Upload({ client, params: { ...place, Body }, partSize: PART_BYTES });
    upload.on('httpUploadProgress', () => void upload.abort());
    expect(await refusal(upload.done())).toBe('AbortError');
    const uploads = () =>
      client
        .send(new ListMultipartUploadsCommand({ Bucket, Prefix: place.Key }))
        .then(({ Uploads }) => Uploads);
    await expect.poll(uploads, { timeout: 10_000 }).toBeUndefined();
  });
});
