import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readEncryptionWish } from '../../../../src/servers/s3/encryption/read-encryption-wish.ts';
import type { Bucket, BucketEncryption } from '../../../../src/servers/s3/model/bucket.ts';

const SSE = 'x-amz-server-side-encryption';
const KEY = Buffer.alloc(32, 7);
const CUSTOMER = {
  [`${SSE}-customer-algorithm`]: 'AES256',
  [`${SSE}-customer-key`]: KEY.toString('base64'),
  [`${SSE}-customer-key-md5`]: createHash('md5').update(KEY).digest('base64'),
};
const CONTEXT = Buffer.from('{"team":"ops"}').toString('base64');

function bucketWith(encryption?: BucketEncryption): Bucket {
  return {
    name: 'box',
    createdMs: 0,
    owner: 'AK',
    versioning: undefined,
    objectLock: undefined,
    encryption,
    policy: undefined,
    lifecycle: undefined,
    tags: undefined,
  };
}

const KMS_BUCKET = bucketWith({
  algorithm: 'aws:kms',
  kmsKeyId: 'alias/box',
  bucketKeyEnabled: true,
});

function wish(headers: Record<string, string>, bucket = bucketWith()) {
  return readEncryptionWish({ headers, isTls: true, remoteAddress: '127.0.0.1' }, bucket);
}

function kms(keyId: string | undefined, bucketKeyEnabled = false, context = {}) {
  return { kind: 'sse-kms', keyId, context, bucketKeyEnabled };
}

describe('readEncryptionWish', () => {
  it('is SSE-S3 where nobody asks for anything', () => {
    expect(wish({})).toEqual({ kind: 'sse-s3' });
    expect(wish({ [SSE]: 'AES256' })).toEqual({ kind: 'sse-s3' });
  });

  it('is what the bucket says where the request is silent', () => {
    expect(wish({}, KMS_BUCKET)).toEqual(kms('alias/box', true));
    expect(wish({ [SSE]: 'AES256' }, KMS_BUCKET)).toEqual({ kind: 'sse-s3' });
    expect(wish({ [`${SSE}-bucket-key-enabled`]: 'false' }, KMS_BUCKET)).toEqual(kms('alias/box'));
  });

  it.each(['aws:kms', 'cyb:kms'])('knows %s, with key, context and bucket key', (name) => {
    expect(wish({ [SSE]: name })).toEqual(kms(undefined));
    const all = {
      [SSE]: name,
      [`${SSE}-aws-kms-key-id`]: 'alias/mine',
      [`${SSE}-context`]: CONTEXT,
      [`${SSE}-bucket-key-enabled`]: 'true',
    };
    expect(wish(all)).toEqual(kms('alias/mine', true, { team: 'ops' }));
  });

  it('takes a key of the customer', () => {
    expect(wish(CUSTOMER, KMS_BUCKET)).toMatchObject({ kind: 'sse-c', customerKey: { key: KEY } });
  });

  it.each([
    ['a customer key beside AES256', { ...CUSTOMER, [SSE]: 'AES256' }],
    ['a customer key beside aws:kms', { ...CUSTOMER, [SSE]: 'aws:kms' }],
    ['a customer key beside a KMS key', { ...CUSTOMER, [`${SSE}-aws-kms-key-id`]: 'a' }],
    ['a KMS key without aws:kms', { [`${SSE}-aws-kms-key-id`]: 'alias/mine' }],
    ['a KMS key beside AES256', { [SSE]: 'AES256', [`${SSE}-aws-kms-key-id`]: 'alias/mine' }],
    ['a context without aws:kms', { [`${SSE}-context`]: CONTEXT }],
    ['a context beside AES256', { [SSE]: 'AES256', [`${SSE}-context`]: CONTEXT }],
    ['a bucket key without a KMS', { [`${SSE}-bucket-key-enabled`]: 'true' }],
    ['a bucket key that is neither true nor false', { [`${SSE}-bucket-key-enabled`]: 'yes' }],
    ['a key id with a line break', { [SSE]: 'aws:kms', [`${SSE}-aws-kms-key-id`]: 'a\nb' }],
    ['an unknown method', { [SSE]: 'ROT13' }],
    ['a method with other capitals', { [SSE]: 'aes256' }],
  ])('refuses %s', (_, headers) => {
    expect(() => wish(headers)).toThrow(expect.objectContaining({ code: 'InvalidArgument' }));
  });

  it('does not take two layers for one', () => {
    expect(() => wish({ [SSE]: 'aws:kms:dsse' })).toThrow(
      expect.objectContaining({ code: 'NotImplemented' }),
    );
  });
});
