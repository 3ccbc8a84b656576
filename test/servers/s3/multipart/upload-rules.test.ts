import { createHash, randomBytes } from 'node:crypto';
import { DisableKeyCommand } from '@aws-sdk/client-kms';
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  GetObjectCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEncrypted } from '../encryption/served/three-kinds.ts';
import { startS3 } from '../../support/start-s3.ts';
import type { TestS3 } from '../../support/start-s3.ts';
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

const Bucket = 'rules';
let server: TestS3;

beforeAll(async () => {
  server = await startS3();
  await server.client().send(new CreateBucketCommand({ Bucket }));
});

afterAll(async () => {
  expect(server.errors).toEqual([]);
  await server.stop();
});

describe('an upload under a customer’s key', () => {
  const customer = (key = randomBytes(32)) => ({
    SSECustomerAlgorithm: 'AES256',
    SSECustomerKey: key.toString('base64'),
    SSECustomerKeyMD5: createHash('md5').update(key).digest('base64'),
  });

  it('wants that key with each part, and no other', async () => {
    const client = server.client();
    const place = { Bucket, Key: 'customer' };
    const mine = customer();
    const UploadId = await begin(client, place, mine);
    const bodies = [someBytes(PART_BYTES), someBytes(10)];
    const part = { ...place, UploadId, PartNumber: 1, Body: someBytes(10) };
    expect(await refusal(client.send(new UploadPartCommand(part)))).toBe('InvalidRequest');
    const other = new UploadPartCommand({ ...part, ...customer() });
    expect(await refusal(client.send(other))).toBe('AccessDenied');
    const sent = await sendParts(client, place, { uploadId: UploadId, bodies, ...mine });
    // An ETag that is not the MD5, as AWS has it.
    const md5 = createHash('md5')
      .update(bodies[1] ?? '')
      .digest('hex');
    expect(sent.Parts[1]?.ETag).not.toContain(md5);
    await client.send(completion(place, sent));
    expect((await contentOf(client, place, mine)).equals(Buffer.concat(bodies))).toBe(true);
    const copyOf = {
      CopySourceSSECustomerAlgorithm: mine.SSECustomerAlgorithm,
      CopySourceSSECustomerKey: mine.SSECustomerKey,
      CopySourceSSECustomerKeyMD5: mine.SSECustomerKeyMD5,
    };
    const copied = { Bucket, Key: 'customer-copied' };
    const copyId = await begin(client, copied);
    const { CopyPartResult } = await client.send(
      new UploadPartCopyCommand({
        ...copied,
        UploadId: copyId,
        PartNumber: 1,
        CopySource: `${Bucket}/customer`,
        ...copyOf,
      }),
    );
    const Parts = [{ PartNumber: 1, ETag: CopyPartResult?.ETag }];
    await client.send(completion(copied, { UploadId: copyId, Parts }));
    expect((await contentOf(client, copied)).equals(Buffer.concat(bodies))).toBe(true);
  });

  it('is refused for parts of an upload that has none', async () => {
    const client = server.client();
    const place = { Bucket, Key: 'no-customer' };
    const UploadId = await begin(client, place);
    const part = { ...place, UploadId, PartNumber: 1, Body: 'x', ...customer() };
    expect(await refusal(client.send(new UploadPartCommand(part)))).toBe('InvalidRequest');
  });
});

describe('an upload under a KMS key', () => {
  it('has one data key, ETags that say nothing, and no part without the KMS', async () => {
    await using encrypted = await startEncrypted();
    const { client, kmsAdmin, keyId, keyArn } = encrypted;
    const place = { Bucket: 'box', Key: 'kms' };
    for (const BucketKeyEnabled of [false, true]) {
      const more = { ServerSideEncryption: 'aws:kms', BucketKeyEnabled } as const;
      const bodies = [someBytes(PART_BYTES), someBytes(10)];
      const { answer, Parts } = await uploadInParts(client, place, bodies, more);
      expect(answer).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: keyArn });
      expect(Parts[0]?.ETag).not.toContain(md5(bodies[0] ?? Buffer.of()));
      expect((await contentOf(client, place)).equals(Buffer.concat(bodies))).toBe(true);
    }
    const UploadId = await begin(client, place, { ServerSideEncryption: 'aws:kms' });
    await kmsAdmin.send(new DisableKeyCommand({ KeyId: keyId }));
    const part = { ...place, UploadId, PartNumber: 1, Body: 'x' };
    expect(await refusal(client.send(new UploadPartCommand(part)))).toBe('KMS.DisabledException');
    expect(encrypted.s3.errors).toEqual([]);
  });
});

describe('a write-once key', () => {
  it('uploads what is new in parts', async () => {
    const client = server.client('write-once');
    const place = { Bucket, Key: 'once-new' };
    const body = someBytes(PART_BYTES);
    await uploadInParts(client, place, [body, body]);
    expect((await contentOf(client, place)).length).toBe(2 * PART_BYTES);
  });

  it('puts nothing in the place of what is there, not even when it began before', async () => {
    const client = server.client('write-once');
    const place = { Bucket, Key: 'once-race' };
    const uploadId = await begin(client, place);
    const sent = await sendParts(client, place, { uploadId, bodies: [someBytes(10)] });
    await server.client().send(new PutObjectCommand({ ...place, Body: 'there' }));
    expect(await refusal(client.send(completion(place, sent)))).toBe('AccessDenied');
    expect((await contentOf(client, place)).toString()).toBe('there');
    expect(await refusal(begin(client, place))).toBe('AccessDenied');
  });

  it('completes a lost answer again, but overwrites nothing by it', async () => {
    const client = server.client('write-once');
    const place = { Bucket, Key: 'once-twice' };
    const { answer, ...sent } = await uploadInParts(client, place, [someBytes(10)]);
    expect((await client.send(completion(place, sent))).ETag).toBe(answer.ETag);
  });

  it('has no hand in uploads of others, and aborts none at all', async () => {
    const full = server.client();
    const client = server.client('write-once');
    const place = { Bucket, Key: 'once-theirs' };
    const uploadId = await begin(full, place);
    const sent = await sendParts(full, place, { uploadId, bodies: [someBytes(10)] });
    const part = { ...place, UploadId: uploadId, PartNumber: 1, Body: 'mine' };
    expect(await refusal(client.send(new UploadPartCommand(part)))).toBe('AccessDenied');
    const copy = { ...place, UploadId: uploadId, PartNumber: 1, CopySource: `${Bucket}/once-new` };
    expect(await refusal(client.send(new UploadPartCopyCommand(copy)))).toBe('AccessDenied');
    expect(await refusal(client.send(completion(place, sent)))).toBe('AccessDenied');
    const abort = { ...place, UploadId: uploadId };
    expect(await refusal(client.send(new AbortMultipartUploadCommand(abort)))).toBe('AccessDenied');
    const own = { Bucket, Key: 'once-own' };
    const ownId = await begin(client, own);
    const ownAbort = new AbortMultipartUploadCommand({ ...own, UploadId: ownId });
    expect(await refusal(client.send(ownAbort))).toBe('AccessDenied');
    await full.send(completion(place, sent));
  });
});

describe('an upload into a bucket with Object Lock', () => {
  const locked = 'locked';

  beforeAll(async () => {
    const create = { Bucket: locked, ObjectLockEnabledForBucket: true };
    await server.client().send(new CreateBucketCommand(create));
    const DefaultRetention = { Mode: 'GOVERNANCE', Days: 2 } as const;
    const ObjectLockConfiguration = {
      ObjectLockEnabled: 'Enabled',
      Rule: { DefaultRetention },
    } as const;
    await server
      .client()
      .send(new PutObjectLockConfigurationCommand({ Bucket: locked, ObjectLockConfiguration }));
  });

  it('keeps the lock that it was begun with', async () => {
    const client = server.client();
    const place = { Bucket: locked, Key: 'asked' };
    const ObjectLockRetainUntilDate = new Date(Math.floor(Date.now() / 1000) * 1000 + 3_600_000);
    await uploadInParts(client, place, [someBytes(10)], {
      ObjectLockMode: 'COMPLIANCE',
      ObjectLockRetainUntilDate,
      ObjectLockLegalHoldStatus: 'ON',
    });
    const head = await client.send(new HeadObjectCommand(place));
    expect(head).toMatchObject({
      ObjectLockMode: 'COMPLIANCE',
      ObjectLockRetainUntilDate,
      ObjectLockLegalHoldStatus: 'ON',
    });
  });

  it('gets the bucket’s default from when it is completed', async () => {
    const client = server.client();
    const place = { Bucket: locked, Key: 'default' };
    await uploadInParts(client, place, [someBytes(10)]);
    const { LastModified } = await client.send(new HeadObjectCommand(place));
    const { Retention } = await client.send(new GetObjectRetentionCommand(place));
    expect(Retention?.Mode).toBe('GOVERNANCE');
    const days = ((Retention?.RetainUntilDate?.getTime() ?? 0) - Number(LastModified)) / 86_400_000;
    expect(days).toBeCloseTo(2, 3);
  });

  it('refuses a lock where the bucket has none', async () => {
    const more = { ObjectLockLegalHoldStatus: 'ON' } as const;
    expect(await refusal(begin(server.client(), { Bucket, Key: 'x' }, more))).toBe(
      'InvalidRequest',
    );
  });
});

describe('a key that only reads', () => {
  it('begins no upload', async () => {
    expect(await refusal(begin(server.client('read'), { Bucket, Key: 'x' }))).toBe('AccessDenied');
  });
});

describe('an upload to a key that XML cannot hold', () => {
  it('is answered in XML all the same', async () => {
    const client = server.client();
    const place = { Bucket, Key: 'control\u0001\u000c/\uffff ü' };
    const { answer } = await uploadInParts(client, place, [someBytes(10)]);
    expect(answer.Key).toBe('control%01%0C/%EF%BF%BF%20%C3%BC');
    expect(await contentOf(client, place)).toHaveLength(10);
  });
});

describe('lists of uploads and parts', () => {
  it('of parts come in pages', async () => {
    const client = server.client();
    const place = { Bucket, Key: 'paged' };
    const UploadId = await begin(client, place, { StorageClass: 'STANDARD_IA' });
    await sendParts(client, place, { uploadId: UploadId, bodies: ['1', '22', '333'].map(text) });
    const seen: (number | undefined)[] = [];
    let PartNumberMarker: string | undefined;
    for (;;) {
      const page = await client.send(
        new ListPartsCommand({ ...place, UploadId, MaxParts: 2, PartNumberMarker }),
      );
      expect(page).toMatchObject({ Bucket, Key: 'paged', UploadId, MaxParts: 2 });
      expect(page.StorageClass).toBe('STANDARD_IA');
      seen.push(...(page.Parts ?? []).map(({ Size }) => Size));
      if (!page.IsTruncated) break;
      PartNumberMarker = page.NextPartNumberMarker;
    }
    expect(seen).toEqual([1, 2, 3]);
    const none = new ListPartsCommand({ ...place, UploadId, PartNumberMarker: '10000' });
    expect((await client.send(none)).Parts).toBeUndefined();
    const bad = new ListPartsCommand({ ...place, UploadId, MaxParts: -1 });
    expect(await refusal(client.send(bad))).toBe('InvalidArgument');
  });

  it('of uploads come in pages, by prefix, and rolled up', async () => {
    const client = server.client();
    const uploads = 'uploads';
    await client.send(new CreateBucketCommand({ Bucket: uploads }));
    for (const Key of ['a', 'b', 'b', 'f/1', 'f/2', 'g/x y', 'z']) {
      await begin(client, { Bucket: uploads, Key });
    }
    const list = async (more: object) => {
      const seen: string[] = [];
      let next = {};
      for (;;) {
        const command = new ListMultipartUploadsCommand({ Bucket: uploads, ...more, ...next });
        const page = await client.send(command);
        const keys = (page.Uploads ?? []).map(({ Key }) => Key ?? '');
        seen.push(...keys, ...(page.CommonPrefixes ?? []).map(({ Prefix }) => `${Prefix} …`));
        if (!page.IsTruncated) return seen;
        next = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
      }
    };
    const all = ['a', 'b', 'b', 'f/1', 'f/2', 'g/x y', 'z'];
    expect(await list({})).toEqual(all);
    expect(await list({ MaxUploads: 1 })).toEqual(all);
    expect(await list({ MaxUploads: 3 })).toEqual(all);
    expect(await list({ Prefix: 'f' })).toEqual(['f/1', 'f/2']);
    const rolledUp = ['a', 'b', 'b', 'f/ …', 'g/ …', 'z'];
    expect(await list({ Delimiter: '/', MaxUploads: 1 })).toEqual(rolledUp);
    expect(await list({ Prefix: 'g', EncodingType: 'url' })).toEqual(['g/x%20y']);
    expect(await list({ KeyMarker: 'b' })).toEqual(['f/1', 'f/2', 'g/x y', 'z']);
    const first = await client.send(
      new ListMultipartUploadsCommand({ Bucket: uploads, MaxUploads: 2 }),
    );
    // Uploads that end between two pages take nothing else away.
    const ended = first.Uploads?.[1] ?? {};
    await client.send(
      new AbortMultipartUploadCommand({
        Bucket: uploads,
        Key: ended.Key,
        UploadId: ended.UploadId,
      }),
    );
    const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = first;
    expect(await list({ KeyMarker, UploadIdMarker })).toEqual(['b', 'f/1', 'f/2', 'g/x y', 'z']);
  });

  it('of a bucket that is not there are refused', async () => {
    const list = new ListMultipartUploadsCommand({ Bucket: 'no-such-bucket' });
    expect(await refusal(server.client().send(list))).toBe('NoSuchBucket');
    const get = new GetObjectCommand({ Bucket: 'no-such-bucket', Key: 'x' });
    expect(await refusal(server.client().send(get))).toBe('NoSuchBucket');
  });
});

function text(value: string): Buffer {
  return Buffer.from(value);
}
