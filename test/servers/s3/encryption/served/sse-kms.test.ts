import { randomBytes } from 'node:crypto';
import {
  CreateKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketEncryptionCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startS3 } from '../../../support/start-s3.ts';
import { outcomeOf } from '../../objects/codes.ts';
import { Bucket, kmsOptions, SSE_KMS, startEncrypted } from './three-kinds.ts';
import type { Encrypted } from './three-kinds.ts';

let all: Encrypted;

beforeAll(async () => {
  all = await startEncrypted();
});
afterAll(async () => {
  expect(all.s3.errors).toEqual([]);
  expect(all.kms.errors).toEqual([]);
  await all[Symbol.asyncDispose]();
});

const put = (Key: string, more = {}) =>
  all.client.send(new PutObjectCommand({ Bucket, Key, Body: `body of ${Key}`, ...more }));
const get = (Key: string, more = {}) =>
  all.client.send(new GetObjectCommand({ Bucket, Key, ...more }));
const read = async (Key: string) => (await get(Key)).Body?.transformToString();
const head = (Key: string) => all.client.send(new HeadObjectCommand({ Bucket, Key }));

describe('SSE-KMS', () => {
  it('uses the default key where none is named, and says which', async () => {
    const answer = await put('a', SSE_KMS);
    const told = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: all.keyArn };
    expect(answer).toMatchObject(told);
    expect(answer.BucketKeyEnabled).toBeUndefined();
    expect(await get('a')).toMatchObject(told);
    expect(await head('a')).toMatchObject(told);
    expect(await read('a')).toBe('body of a');
  });

  it('is asked for as cyb:kms just as well', async () => {
    const name = 'cyb:kms' as 'aws:kms';
    const answer = await put('cyb', { ServerSideEncryption: name, SSEKMSKeyId: all.keyId });
    expect(answer).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: all.keyArn });
    expect(await read('cyb')).toBe('body of cyb');
  });

  it('has no MD5 as ETag', async () => {
    const one = await put('etag', SSE_KMS);
    const two = await put('etag', SSE_KMS);
    expect(one.ETag).toMatch(/^"[0-9a-f]{32}"$/);
    expect(two.ETag).not.toBe(one.ETag);
    expect((await head('etag')).ETag).toBe(two.ETag);
  });

  it('binds the object to its context and its place', async () => {
    const SSEKMSEncryptionContext = Buffer.from('{"team":"ops"}').toString('base64');
    await put('context', { ...SSE_KMS, SSEKMSEncryptionContext });
    const { catalog, keyring } = all.s3.server.backend;
    const version = catalog.latest(Bucket, 'context');
    const record = version?.encryption;
    if (record?.kind !== 'sse-kms') throw new Error('not SSE-KMS');
    expect(record.context).toEqual({ team: 'ops', 'aws:s3:arn': 'arn:aws:s3:::box/context' });
    expect(await read('context')).toBe('body of context');
    const place = { bucket: Bucket, key: 'context' };
    const other = { ...record, context: { ...record.context, team: 'dev' } };
    await expect(keyring.open(place, other, undefined)).rejects.toMatchObject({
      code: 'AccessDenied',
    });
  });

  it('fails with a clear error while the key is disabled, and works again after', async () => {
    await put('disabled', SSE_KMS);
    const KeyId = all.keyId;
    await all.kmsAdmin.send(new DisableKeyCommand({ KeyId }));
    expect(await outcomeOf(get('disabled'))).toBe('400 KMS.DisabledException');
    expect(await outcomeOf(put('new', SSE_KMS))).toBe('400 KMS.DisabledException');
    expect(await outcomeOf(get('new'))).toBe('404 NoSuchKey');
    await all.kmsAdmin.send(new EnableKeyCommand({ KeyId }));
    expect(await read('disabled')).toBe('body of disabled');
  });

  it('fails with a clear error where the key is to be deleted, or never was', async () => {
    const made = await all.kmsAdmin.send(new CreateKeyCommand({}));
    const SSEKMSKeyId = made.KeyMetadata?.KeyId;
    await put('dying', { ...SSE_KMS, SSEKMSKeyId });
    await all.kmsAdmin.send(new ScheduleKeyDeletionCommand({ KeyId: SSEKMSKeyId }));
    expect(await outcomeOf(get('dying'))).toBe('400 KMS.KMSInvalidStateException');
    const SSEKMSKeyIds = ['alias/nothing', '1234abcd-12ab-34cd-56ef-1234567890ab'];
    for (const id of SSEKMSKeyIds) {
      expect(await outcomeOf(put('x', { ...SSE_KMS, SSEKMSKeyId: id }))).toBe(
        '400 KMS.NotFoundException',
      );
    }
  });

  it('reads what was written before a rotation', async () => {
    await put('rotated', SSE_KMS);
    await all.kmsAdmin.send(new RotateKeyOnDemandCommand({ KeyId: all.keyId }));
    expect(await read('rotated')).toBe('body of rotated');
    await put('after', SSE_KMS);
    expect(await read('after')).toBe('body of after');
  });

  it('encrypts uploads in parts, ranges and copies', async () => {
    const body = randomBytes(11 * 1024 * 1024);
    const params = { Bucket, Key: 'parts', Body: body, ...SSE_KMS };
    await new Upload({ client: all.client, params }).done();
    const got = await get('parts');
    expect(got.ServerSideEncryption).toBe('aws:kms');
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(body)).toBe(true);
    const ranged = await get('parts', { Range: 'bytes=5242870-5242890' });
    const found = Buffer.from((await ranged.Body?.transformToByteArray()) ?? []);
    expect(found.equals(body.subarray(5_242_870, 5_242_891))).toBe(true);
    const CopySource = `${Bucket}/parts`;
    const copied = await all.client.send(
      new CopyObjectCommand({ Bucket, Key: 'copy', CopySource }),
    );
    expect(copied.ServerSideEncryption).toBe('AES256');
  });
});

describe('SSE-KMS by the bucket', () => {
  const own = { Bucket: 'keyed' };

  beforeAll(async () => {
    await all.client.send(new CreateBucketCommand(own));
    const ApplyServerSideEncryptionByDefault = {
      SSEAlgorithm: 'aws:kms',
      KMSMasterKeyID: all.keyArn,
    } as const;
    const Rules = [{ ApplyServerSideEncryptionByDefault, BucketKeyEnabled: true }];
    await all.client.send(
      new PutBucketEncryptionCommand({ ...own, ServerSideEncryptionConfiguration: { Rules } }),
    );
  });

  it('is for all objects that ask for nothing, with one bucket key', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => put(`k${at}`, own)));
    for (const answer of answers) {
      expect(answer).toMatchObject({ SSEKMSKeyId: all.keyArn, BucketKeyEnabled: true });
    }
    const { catalog } = all.s3.server.backend;
    const blobs = answers.map((_, at) => {
      const record = catalog.latest('keyed', `k${at}`)?.encryption;
      return record?.kind === 'sse-kms' ? record.kmsBlob : undefined;
    });
    expect(new Set(blobs).size).toBe(1);
    const got = await get('k3', own);
    expect(await got.Body?.transformToString()).toBe('body of k3');
    expect(got.BucketKeyEnabled).toBe(true);
  });

  it('yields to what a request asks for', async () => {
    const answer = await put('plain', { ...own, ServerSideEncryption: 'AES256' });
    expect(answer.ServerSideEncryption).toBe('AES256');
    expect(answer.SSEKMSKeyId).toBeUndefined();
  });

  it('is for copies into it, too', async () => {
    await put('source');
    const CopySource = `${Bucket}/source`;
    const copied = await all.client.send(
      new CopyObjectCommand({ ...own, Key: 'copied', CopySource }),
    );
    expect(copied).toMatchObject({ ServerSideEncryption: 'aws:kms', BucketKeyEnabled: true });
    const got = await get('copied', own);
    expect(await got.Body?.transformToString()).toBe('body of source');
  });
});

describe('SSE-KMS without its KMS', () => {
  it('is a clear error, stores nothing plain, and leaves the rest alone', async () => {
    await using own = await startEncrypted();
    const send = (Key: string, more = {}) =>
      own.client.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...more }));
    const fetch = (Key: string) => own.client.send(new GetObjectCommand({ Bucket, Key }));
    await send('kms', SSE_KMS);
    await send('s3');
    await own.kms.stop();
    expect(await outcomeOf(fetch('kms'))).toBe('503 ServiceUnavailable');
    expect(await outcomeOf(send('new', SSE_KMS))).toBe('503 ServiceUnavailable');
    expect(await outcomeOf(fetch('new'))).toBe('404 NoSuchKey');
    expect(await outcomeOf(fetch('s3'))).toBe('200');
    expect(await outcomeOf(send('s3 too'))).toBe('200');
    await own.kms.start();
  });

  it('is refused by a server that was started without one', async () => {
    await using s3 = await startS3();
    const client = s3.client();
    await client.send(new CreateBucketCommand({ Bucket }));
    const sending = client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x', ...SSE_KMS }));
    expect(await outcomeOf(sending)).toBe('400 KMS.NotFoundException');
  });

  it('is refused where the KMS does not let this server in', async () => {
    await using own = await startEncrypted();
    const credentials = { accessKeyId: 'AKIANOBODYKNOWSTHIS0', secretAccessKey: 'wrong' };
    await using s3 = await startS3({ kms: { ...kmsOptions(own.kms), credentials } });
    const client = s3.client();
    await client.send(new CreateBucketCommand({ Bucket }));
    const sending = client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x', ...SSE_KMS }));
    expect(await outcomeOf(sending)).toBe('503 ServiceUnavailable');
  });
});
