import { randomBytes } from 'node:crypto';
import {
  CopyObjectCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outcomeOf } from '../../objects/codes.ts';
import { Bucket, customerKey, SSE_KMS, startEncrypted } from './three-kinds.ts';
import type { Encrypted } from './three-kinds.ts';

let all: Encrypted;
const KEY = customerKey();
const OTHER = customerKey();

beforeAll(async () => {
  all = await startEncrypted();
});
afterAll(async () => {
  expect(all.s3.errors).toEqual([]);
  await all[Symbol.asyncDispose]();
});

const put = (Key: string, more = {}) =>
  all.client.send(new PutObjectCommand({ Bucket, Key, Body: `body of ${Key}`, ...more }));
const get = (Key: string, more = {}) =>
  all.client.send(new GetObjectCommand({ Bucket, Key, ...more }));
const head = (Key: string, more = {}) =>
  all.client.send(new HeadObjectCommand({ Bucket, Key, ...more }));

function asSource(key: typeof KEY) {
  return {
    CopySourceSSECustomerAlgorithm: key.SSECustomerAlgorithm,
    CopySourceSSECustomerKey: key.SSECustomerKey,
    CopySourceSSECustomerKeyMD5: key.SSECustomerKeyMD5,
  };
}

describe('SSE-C', () => {
  it('gives the object back to who has the key', async () => {
    const told = { SSECustomerAlgorithm: 'AES256', SSECustomerKeyMD5: KEY.SSECustomerKeyMD5 };
    const made = await put('a', KEY);
    expect(made).toMatchObject(told);
    expect(made.ServerSideEncryption).toBeUndefined();
    const got = await get('a', KEY);
    expect(got).toMatchObject({ ...told, ETag: made.ETag });
    expect(await got.Body?.transformToString()).toBe('body of a');
    expect(await head('a', KEY)).toMatchObject(told);
  });

  it('gives nothing to who has no key, or another one', async () => {
    await put('b', KEY);
    expect(await outcomeOf(get('b'))).toBe('400 InvalidRequest');
    expect(await outcomeOf(get('b', OTHER))).toBe('403 AccessDenied');
    expect(await outcomeOf(head('b'))).toMatch(/^400 /);
    expect(await outcomeOf(head('b', OTHER))).toMatch(/^403 /);
    const attributes = { Bucket, Key: 'b', ObjectAttributes: ['ObjectSize' as const] };
    const ask = (more: object) =>
      outcomeOf(all.client.send(new GetObjectAttributesCommand({ ...attributes, ...more })));
    expect(await ask({})).toBe('400 InvalidRequest');
    expect(await ask(OTHER)).toBe('403 AccessDenied');
    expect(await ask(KEY)).toBe('200');
  });

  it('does not take a key for what has none', async () => {
    await put('plain');
    await put('kms', SSE_KMS);
    for (const key of ['plain', 'kms']) {
      expect(await outcomeOf(get(key, KEY))).toBe('400 InvalidRequest');
      expect(await outcomeOf(head(key, KEY))).toMatch(/^400 /);
    }
  });

  it('has no MD5 as ETag, and refuses contradictions', async () => {
    const one = await put('c', KEY);
    const two = await put('c', KEY);
    expect(one.ETag).not.toBe(two.ETag);
    expect(await outcomeOf(put('c', { ...KEY, ...SSE_KMS }))).toBe('400 InvalidArgument');
  });

  it('is copied with the key of the source, to any encryption', async () => {
    await put('source', KEY);
    const CopySource = `${Bucket}/source`;
    const copy = (Key: string, more: object) =>
      all.client.send(new CopyObjectCommand({ Bucket, Key, CopySource, ...more }));
    expect(await outcomeOf(copy('x', {}))).toBe('400 InvalidRequest');
    expect(await outcomeOf(copy('x', asSource(OTHER)))).toBe('403 AccessDenied');
    await copy('to s3', asSource(KEY));
    await copy('to kms', { ...asSource(KEY), ...SSE_KMS });
    await copy('to other', { ...asSource(KEY), ...OTHER });
    const read = async (key: string, more = {}) => (await get(key, more)).Body?.transformToString();
    expect(await read('to s3')).toBe('body of source');
    expect(await read('to kms')).toBe('body of source');
    expect(await read('to other', OTHER)).toBe('body of source');
    expect(await outcomeOf(get('to other', KEY))).toBe('403 AccessDenied');
    // A new key for what is there.
    await all.client.send(
      new CopyObjectCommand({ Bucket, Key: 'source', CopySource, ...asSource(KEY), ...OTHER }),
    );
    expect(await read('source', OTHER)).toBe('body of source');
  });

  it('encrypts uploads in parts', async () => {
    const body = randomBytes(11 * 1024 * 1024);
    const params = { Bucket, Key: 'parts', Body: body, ...KEY };
    await new Upload({ client: all.client, params }).done();
    const got = await get('parts', KEY);
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(body)).toBe(true);
    expect(await outcomeOf(get('parts', OTHER))).toBe('403 AccessDenied');
  });
});
