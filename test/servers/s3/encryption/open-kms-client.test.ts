import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { openKmsClient } from '../../../../src/servers/s3/encryption/open-kms-client.ts';
import { refusal, startWireKms } from './wire-kms.ts';
import type { WireKms } from './wire-kms.ts';

const CREDENTIALS = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
const ARN = 'arn:aws:kms:us-east-1:000000000000:key/1';
const PLAIN = randomBytes(32);

let kms: WireKms | undefined;
afterEach(async () => {
  await kms?.[Symbol.asyncDispose]();
  kms = undefined;
});

function clientOf(endpoint: string, defaultKeyId?: string) {
  return openKmsClient({ endpoint, region: 'us-east-1', credentials: CREDENTIALS, defaultKeyId });
}

function dataKey(change: Record<string, unknown> = {}) {
  const body = {
    KeyId: ARN,
    Plaintext: PLAIN.toString('base64'),
    CiphertextBlob: Buffer.from('box').toString('base64'),
  };
  return { status: 200, body: { ...body, ...change } };
}

describe('the KMS client', () => {
  it('asks for a key of 256 bits under the named key, bound to the context', async () => {
    kms = await startWireKms(() => dataKey());
    const made = await clientOf(kms.endpoint).generate('alias/a', { where: 'here' });
    expect(made.keyArn).toBe(ARN);
    expect(Buffer.from(made.blob).toString()).toBe('box');
    expect(Buffer.from(made.plain)).toEqual(PLAIN);
    expect(kms.asked).toEqual([
      {
        operation: 'GenerateDataKey',
        input: { KeyId: 'alias/a', KeySpec: 'AES_256', EncryptionContext: { where: 'here' } },
      },
    ]);
  });

  it('names the key when it decrypts, so that no other one does', async () => {
    kms = await startWireKms(() => dataKey());
    const plain = await clientOf(kms.endpoint).decrypt(ARN, Buffer.from('box'), { a: 'b' });
    expect(Buffer.from(plain)).toEqual(PLAIN);
    expect(kms.asked[0]?.input).toMatchObject({ KeyId: ARN, EncryptionContext: { a: 'b' } });
  });

  it('takes the default key where none is named, and needs one named else', async () => {
    kms = await startWireKms(() => dataKey());
    await clientOf(kms.endpoint, 'alias/default').generate(undefined, {});
    expect(kms.asked[0]?.input).toMatchObject({ KeyId: 'alias/default' });
    await expect(clientOf(kms.endpoint).generate(undefined, {})).rejects.toMatchObject({
      code: 'KMS.NotFoundException',
    });
  });

  it.each([
    ['NotFoundException', 'KMS.NotFoundException'],
    ['DisabledException', 'KMS.DisabledException'],
    ['KMSInvalidStateException', 'KMS.KMSInvalidStateException'],
    ['AccessDeniedException', 'AccessDenied'],
    ['InvalidCiphertextException', 'AccessDenied'],
    ['IncorrectKeyException', 'AccessDenied'],
    ['InvalidKeyUsageException', 'InvalidArgument'],
    ['UnrecognizedClientException', 'ServiceUnavailable'],
    ['InvalidSignatureException', 'ServiceUnavailable'],
    ['constructor', 'ServiceUnavailable'],
  ])('makes %s of the KMS the %s of S3, without its words', async (name, code) => {
    kms = await startWireKms(() => refusal(name));
    const asking = clientOf(kms.endpoint).generate('a', {});
    await expect(asking).rejects.toMatchObject({
      code,
      message: expect.not.stringContaining('secret words') as string,
    });
  });

  it.each([
    ['no key', { Plaintext: undefined }],
    ['a short key', { Plaintext: Buffer.alloc(16).toString('base64') }],
    ['a long key', { Plaintext: Buffer.alloc(33).toString('base64') }],
    ['no box', { CiphertextBlob: undefined }],
    ['a box without end', { CiphertextBlob: Buffer.alloc(7000).toString('base64') }],
    ['no name', { KeyId: undefined }],
    ['a name that breaks headers', { KeyId: 'a\r\nb: c' }],
  ])('does not believe an answer with %s', async (_, change) => {
    kms = await startWireKms(() => dataKey(change));
    await expect(clientOf(kms.endpoint).generate('a', {})).rejects.toMatchObject({
      code: 'ServiceUnavailable',
    });
  });

  it('tries again after an error of the KMS, a few times only', async () => {
    kms = await startWireKms(() => ({ status: 500, body: { __type: 'KMSInternalException' } }));
    await expect(clientOf(kms.endpoint).generate('a', {})).rejects.toMatchObject({
      code: 'ServiceUnavailable',
    });
    expect(kms.asked).toHaveLength(3);
  });

  it('does not wait for ever for an answer', async () => {
    kms = await startWireKms(() => 'silence');
    const { endpoint } = kms;
    const client = openKmsClient({
      endpoint,
      region: 'us-east-1',
      credentials: CREDENTIALS,
      answerMs: 50,
    });
    await expect(client.generate('a', {})).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  });

  it('says at once that nobody listens', async () => {
    kms = await startWireKms(() => 'silence');
    const { endpoint } = kms;
    await kms[Symbol.asyncDispose]();
    kms = undefined;
    await expect(clientOf(endpoint).generate('a', {})).rejects.toMatchObject({
      code: 'ServiceUnavailable',
    });
  });
});
