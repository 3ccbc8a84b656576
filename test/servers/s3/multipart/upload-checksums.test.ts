import { createHash, randomBytes } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  GetObjectAttributesCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checksumHash } from '../../../../src/servers/s3/body/checksum-hash.ts';
import { startS3 } from '../../support/start-s3.ts';
import type { TestS3 } from '../../support/start-s3.ts';
import {
  begin,
  completion,
  contentOf,
  PART_BYTES,
  refusal,
  sendParts,
  someBytes,
  uploadInParts,
} from './upload-in-parts.ts';

const Bucket = 'checked';
let server: TestS3;

beforeAll(async () => {
  server = await startS3();
  await server.client().send(new CreateBucketCommand({ Bucket }));
});

afterAll(async () => {
  expect(server.errors).toEqual([]);
  await server.stop();
});

async function checksumOf(algorithm: Parameters<typeof checksumHash>[0], bytes: Buffer) {
  const hash = checksumHash(algorithm);
  hash.update(bytes);
  return hash.digest();
}

describe('checksums of an upload', () => {
  const full = ['CRC32', 'CRC32C', 'CRC64NVME'] as const;
  const composite = ['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const;

  it.each(full)('are those of the whole object where that is asked for: %s', async (algorithm) => {
    const client = server.client();
    const place = { Bucket, Key: `full-${algorithm}` };
    const bodies = [someBytes(PART_BYTES), someBytes(PART_BYTES + 1), someBytes(99)];
    const asked = { ChecksumAlgorithm: algorithm, ChecksumType: 'FULL_OBJECT' } as const;
    const uploadId = await begin(client, place, asked);
    const ChecksumAlgorithm = algorithm;
    const sent = await sendParts(client, place, { uploadId, bodies, ChecksumAlgorithm });
    const name = `Checksum${algorithm}`;
    const wrong = { [name]: algorithm === 'CRC64NVME' ? 'AAAAAAAAAAA=' : 'AAAAAA==' };
    const bad = completion(place, sent, { ...wrong, ChecksumType: 'FULL_OBJECT' });
    expect(await refusal(client.send(bad))).toBe('BadDigest');
    const value = await checksumOf(algorithm, Buffer.concat(bodies));
    const size = PART_BYTES * 2 + 100;
    const short = completion(place, sent, { MpuObjectSize: size - 1 });
    expect(await refusal(client.send(short))).toBe('InvalidRequest');
    const claims = { [name]: value, ChecksumType: 'FULL_OBJECT', MpuObjectSize: size };
    const answer = await client.send(completion(place, sent, claims));
    expect(answer).toMatchObject({ [name]: value, ChecksumType: 'FULL_OBJECT' });
    const head = await client.send(new HeadObjectCommand({ ...place, ChecksumMode: 'ENABLED' }));
    expect(head).toMatchObject({ [name]: value, ChecksumType: 'FULL_OBJECT' });
    // The SDK verifies it, too.
    const content = await contentOf(client, place, { ChecksumMode: 'ENABLED' });
    expect(content.equals(Buffer.concat(bodies))).toBe(true);
  });

  it.each(composite)('are those of its parts’ checksums else: %s', async (algorithm) => {
    const client = server.client();
    const place = { Bucket, Key: `composite-${algorithm}` };
    const bodies = [someBytes(PART_BYTES), someBytes(3)];
    const uploadId = await begin(client, place, { ChecksumAlgorithm: algorithm });
    const ChecksumAlgorithm = algorithm;
    const sent = await sendParts(client, place, { uploadId, bodies, ChecksumAlgorithm });
    const values = await Promise.all(bodies.map((one) => checksumOf(algorithm, one)));
    const name = `Checksum${algorithm}` as const;
    expect(sent.Parts.map((part) => part[name])).toEqual(values);
    const listed = await client.send(new ListPartsCommand({ ...place, UploadId: uploadId }));
    expect(listed).toMatchObject({ ChecksumAlgorithm: algorithm, ChecksumType: 'COMPOSITE' });
    expect(listed.Parts?.map((part) => part[name])).toEqual(values);
    // With the checksums of the parts, as the SDKs send them.
    const { UploadId, Parts } = sent;
    const input = { ...place, UploadId, MultipartUpload: { Parts } };
    const answer = await client.send(new CompleteMultipartUploadCommand(input));
    const joined = Buffer.concat(values.map((value) => Buffer.from(value, 'base64')));
    const expected = `${await checksumOf(algorithm, joined)}-2`;
    expect(answer).toMatchObject({ [name]: expected, ChecksumType: 'COMPOSITE' });
    const attributes = await client.send(
      new GetObjectAttributesCommand({ ...place, ObjectAttributes: ['ObjectParts', 'Checksum'] }),
    );
    expect(attributes.ObjectParts?.Parts?.map((part) => part[name])).toEqual(values);
  });

  it('refuse parts that were damaged on their way, and other algorithms', async () => {
    const client = server.client();
    const place = { Bucket, Key: 'damaged' };
    const UploadId = await begin(client, place, { ChecksumAlgorithm: 'SHA256' });
    const input = { ...place, UploadId, PartNumber: 1, Body: someBytes(10) };
    const part = (more: object) =>
      refusal(client.send(new UploadPartCommand({ ...input, ...more })));
    expect(await part({ ChecksumSHA256: randomBytes(32).toString('base64') })).toBe('BadDigest');
    expect(await part({ ContentMD5: randomBytes(16).toString('base64') })).toBe('BadDigest');
    expect(await part({ ChecksumAlgorithm: 'CRC32' })).toBe('InvalidRequest');
    const listed = await client.send(new ListPartsCommand({ ...place, UploadId }));
    expect(listed.Parts).toBeUndefined();
  });

  it('are computed for clients that send none', async () => {
    const client = server.client('full', { requestChecksumCalculation: 'WHEN_REQUIRED' });
    const place = { Bucket, Key: 'computed' };
    const body = someBytes(20);
    const { answer } = await uploadInParts(client, place, [body], {
      ChecksumAlgorithm: 'CRC32',
      ChecksumType: 'FULL_OBJECT',
    });
    expect(answer.ChecksumCRC32).toBe(await checksumOf('CRC32', body));
  });
});

describe('copying parts', () => {
  it('takes stretches of other objects, versions and buckets', async () => {
    const client = server.client();
    const from = 'copy-source';
    await client.send(new CreateBucketCommand({ Bucket: from }));
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket: from, VersioningConfiguration }));
    const Key = 'odd key/ü+&?.bin';
    const old = someBytes(PART_BYTES + 1000);
    const { VersionId } = await client.send(new PutObjectCommand({ Bucket: from, Key, Body: old }));
    const newer = await client.send(new PutObjectCommand({ Bucket: from, Key, Body: 'newer' }));
    const place = { Bucket, Key: 'copied' };
    const UploadId = await begin(client, place, { ChecksumAlgorithm: 'CRC32' });
    const CopySource = `${from}/${encodeURIComponent(Key)}`;
    const copy = (PartNumber: number, more: object) =>
      client.send(
        new UploadPartCopyCommand({ ...place, UploadId, PartNumber, CopySource, ...more }),
      );
    const first = await copy(1, {
      CopySource: `${CopySource}?versionId=${VersionId}`,
      CopySourceRange: `bytes=10-${PART_BYTES + 9}`,
    });
    expect(first.CopySourceVersionId).toBe(VersionId);
    const stretch = old.subarray(10, PART_BYTES + 10);
    expect(first.CopyPartResult?.ETag).toBe(`"${createHash('md5').update(stretch).digest('hex')}"`);
    expect(first.CopyPartResult?.ChecksumCRC32).toBe(await checksumOf('CRC32', stretch));
    const second = await copy(2, { CopySourceIfMatch: newer.ETag });
    const Parts = [first, second].map(({ CopyPartResult }, at) => {
      return { PartNumber: at + 1, ETag: CopyPartResult?.ETag };
    });
    expect(await refusal(copy(3, { CopySourceIfNoneMatch: newer.ETag }))).toBe(
      'PreconditionFailed',
    );
    expect(await refusal(copy(3, { CopySourceRange: 'bytes=0-5' }))).toBe('InvalidArgument');
    expect(await refusal(copy(3, { CopySourceRange: 'bytes=2-' }))).toBe('InvalidArgument');
    expect(await refusal(copy(3, { CopySource: `${from}/none` }))).toBe('NoSuchKey');
    expect(await refusal(copy(3, { CopySource: 'no-such-bucket/x' }))).toBe('NoSuchBucket');
    await client.send(completion(place, { UploadId, Parts }));
    const expected = Buffer.concat([stretch, Buffer.from('newer')]);
    expect((await contentOf(client, place)).equals(expected)).toBe(true);
  });

  it('does not take what the caller may not read', async () => {
    const scope = { bucket: Bucket, prefix: 'mine/' };
    const client = server.client(server.addKey('scoped', 'full', [scope]));
    await server.client().send(new PutObjectCommand({ Bucket, Key: 'theirs/x', Body: 'secret' }));
    const place = { Bucket, Key: 'mine/copy' };
    const UploadId = await begin(client, place);
    const input = { ...place, UploadId, PartNumber: 1, CopySource: `${Bucket}/theirs/x` };
    expect(await refusal(client.send(new UploadPartCopyCommand(input)))).toBe('AccessDenied');
  });
});
