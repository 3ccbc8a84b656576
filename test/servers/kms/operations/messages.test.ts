import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { TestKms, base64 } from '../keys/test-kms.ts';

const kms = new TestKms(join(temporaryFolder(), 'kms.db'));
afterAll(() => kms[Symbol.dispose]());

let [KeyId, other, macKey] = ['', '', ''];
beforeAll(async () => {
  KeyId = await kms.createKey();
  other = await kms.createKey();
  macKey = await kms.createMacKey();
  await kms.call('CreateAlias', { AliasName: 'alias/main', TargetKeyId: KeyId });
});

const text = fc.string({ unit: 'grapheme', maxLength: 10 });
const context = fc.dictionary(text, text, { maxKeys: 4 });

describe('Encrypt and Decrypt', () => {
  it('bring back any message, with any context', async () => {
    const message = fc.uint8Array({ minLength: 1, maxLength: 4096 });
    await fc.assert(
      fc.asyncProperty(message, context, async (bytes, EncryptionContext) => {
        const Plaintext = Buffer.from(bytes).toString('base64');
        const { CiphertextBlob } = await kms.call('Encrypt', {
          KeyId,
          Plaintext,
          EncryptionContext,
        });
        const input = { CiphertextBlob, EncryptionContext };
        expect(await kms.call('Decrypt', input)).toMatchObject({ Plaintext });
      }),
    );
  });

  it('answer what AWS answers', async () => {
    const arn = kms.keys.names.keyArn(KeyId);
    const encrypted = await kms.call('Encrypt', {
      KeyId: 'alias/main',
      Plaintext: base64('hello'),
    });
    const { CiphertextBlob } = encrypted;
    const EncryptionAlgorithm = 'SYMMETRIC_DEFAULT';
    expect(encrypted).toEqual({ CiphertextBlob, KeyId: arn, EncryptionAlgorithm });
    expect(await kms.call('Decrypt', { CiphertextBlob, EncryptionAlgorithm })).toEqual({
      KeyId: arn,
      Plaintext: base64('hello'),
      EncryptionAlgorithm,
      KeyMaterialId: (await kms.describe(KeyId))['CurrentKeyMaterialId'],
    });
  });

  it('take the key by its id, ARN, alias and alias ARN', async () => {
    const { names } = kms.keys;
    const CiphertextBlob = await kms.encrypt(KeyId, 'hello');
    for (const name of [KeyId, names.keyArn(KeyId), 'alias/main', names.aliasArn('alias/main')]) {
      await kms.call('Encrypt', { KeyId: name, Plaintext: base64('x') });
      await kms.call('Decrypt', { CiphertextBlob, KeyId: name });
    }
  });

  it('do not care about the order of the context', async () => {
    const blob = await kms.encrypt(KeyId, 'hello', { a: '1', b: '2', __proto__x: '3' });
    expect(await kms.decrypt(blob, { __proto__x: '3', b: '2', a: '1' })).toBe('hello');
  });

  it('bind a name that is __proto__ like any other', async () => {
    const odd = JSON.parse('{"__proto__": "x"}') as Record<string, string>;
    const CiphertextBlob = await kms.encrypt(KeyId, 'hello', odd);
    expect(await kms.decrypt(CiphertextBlob, odd)).toBe('hello');
    expect(await kms.errorOf('Decrypt', { CiphertextBlob })).toBe('InvalidCiphertextException');
  });

  it.each([
    ['none', undefined],
    ['another value', { a: '2' }],
    ['another case', { A: '1' }],
    ['more', { a: '1', b: '' }],
  ])('refuse a context that is not the same: %s', async (_, EncryptionContext) => {
    const CiphertextBlob = await kms.encrypt(KeyId, 'hello', { a: '1' });
    const input = { CiphertextBlob, EncryptionContext };
    expect(await kms.errorOf('Decrypt', input)).toBe('InvalidCiphertextException');
  });

  it('refuse a blob with a byte flipped or cut off, all with the same words', async () => {
    const blob = Buffer.from(await kms.encrypt(KeyId, 'hello'), 'base64');
    const messages = new Set<string>();
    for (let at = 0; at < blob.length; at++) {
      const flipped = Buffer.from(blob);
      flipped.writeUInt8(flipped.readUInt8(at) ^ 1, at);
      for (const bytes of [flipped, blob.subarray(0, at + 1 === blob.length ? at : at + 1)]) {
        const CiphertextBlob = bytes.toString('base64');
        const failure = await kms.failure('Decrypt', { CiphertextBlob });
        expect(failure.code).toBe('InvalidCiphertextException');
        messages.add(failure.message);
      }
    }
    expect(messages.size).toBe(1);
  });

  it('tell a wrong key from a wrong ciphertext', async () => {
    const CiphertextBlob = await kms.encrypt(KeyId, 'hello');
    const wrong = { CiphertextBlob, KeyId: other };
    expect(await kms.errorOf('Decrypt', wrong)).toBe('IncorrectKeyException');
    const missing = { CiphertextBlob, KeyId: '00000000-0000-4000-8000-000000000000' };
    expect(await kms.errorOf('Decrypt', missing)).toBe('NotFoundException');
    const garbage = { CiphertextBlob: base64('garbage'), KeyId };
    expect(await kms.errorOf('Decrypt', garbage)).toBe('InvalidCiphertextException');
  });

  it.each([
    [{ Plaintext: base64('x'.repeat(4097)) }, 'ValidationException'],
    [{ Plaintext: base64('x'.repeat(99_999)) }, 'ValidationException'],
    [{ Plaintext: '' }, 'ValidationException'],
    [{ Plaintext: undefined }, 'ValidationException'],
    [{ Plaintext: 'a' }, 'SerializationException'],
    [{ Plaintext: 'aGVsbG8' }, 'SerializationException'],
    [{ Plaintext: 'aGVsb===' }, 'SerializationException'],
    [{ Plaintext: 'aGV-bG8=' }, 'SerializationException'],
    [{ Plaintext: [104] }, 'SerializationException'],
    [{ EncryptionContext: { a: 1 } }, 'SerializationException'],
    [{ EncryptionContext: [] }, 'SerializationException'],
    [{ EncryptionContext: { a: '\ud800' } }, 'SerializationException'],
    [{ EncryptionContext: { a: 'x'.repeat(8192) } }, 'ValidationException'],
    [{ EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' }, 'InvalidKeyUsageException'],
    [{ EncryptionAlgorithm: 'ROT13' }, 'ValidationException'],
    [{ GrantTokens: ['x'] }, 'InvalidGrantTokenException'],
    [{ KeyId: 'alias/none' }, 'NotFoundException'],
    [{ KeyId: 'nonsense' }, 'NotFoundException'],
    [{ KeyId: 'arn:aws:s3:::bucket' }, 'InvalidArnException'],
    [{ KeyId: '' }, 'ValidationException'],
    [{ KeyId: 'x'.repeat(2049) }, 'ValidationException'],
    [{ KeyId: undefined }, 'ValidationException'],
    [{ DryRun: true }, 'DryRunOperationException'],
    [{ DryRun: 'true' }, 'SerializationException'],
  ])('Encrypt refuses %j', async (input, error) => {
    const whole = { KeyId, Plaintext: base64('x'), ...input };
    expect(await kms.errorOf('Encrypt', whole)).toBe(error);
  });

  it('do not work with an HMAC key', async () => {
    const input = { KeyId: macKey, Plaintext: base64('x') };
    expect(await kms.errorOf('Encrypt', input)).toBe('InvalidKeyUsageException');
    const CiphertextBlob = await kms.encrypt(KeyId, 'x');
    const opened = { CiphertextBlob, KeyId: macKey };
    expect(await kms.errorOf('Decrypt', opened)).toBe('InvalidKeyUsageException');
  });

  it('give plaintext to nobody who asked for it to be sealed for an enclave', async () => {
    const CiphertextBlob = await kms.encrypt(KeyId, 'x');
    const input = { CiphertextBlob, Recipient: { AttestationDocument: 'eA==' } };
    expect(await kms.errorOf('Decrypt', input)).toBe('UnsupportedOperationException');
  });

  it('refuse a ciphertext beyond 6,144 bytes', async () => {
    const input = { CiphertextBlob: Buffer.alloc(6145).toString('base64') };
    expect(await kms.errorOf('Decrypt', input)).toBe('ValidationException');
  });

  it('say in a dry run what would have happened', async () => {
    const CiphertextBlob = await kms.encrypt(KeyId, 'x', { a: 'b' });
    const right = { CiphertextBlob, EncryptionContext: { a: 'b' }, DryRun: true };
    const failure = await kms.failure('Decrypt', right);
    expect(failure).toMatchObject({ code: 'DryRunOperationException', status: 412 });
    const wrong = { CiphertextBlob, DryRun: true };
    expect(await kms.errorOf('Decrypt', wrong)).toBe('InvalidCiphertextException');
    const DryRunModifiers = ['IGNORE_CIPHERTEXT'];
    const permission = { KeyId, DryRun: true, DryRunModifiers };
    expect(await kms.errorOf('Decrypt', permission)).toBe('DryRunOperationException');
    const serious = { KeyId, DryRunModifiers };
    expect(await kms.errorOf('Decrypt', serious)).toBe('ValidationException');
  });
});

describe('ReEncrypt', () => {
  it('moves a message to another key and another context', async () => {
    const CiphertextBlob = await kms.encrypt(KeyId, 'hello', { from: 'a' });
    const answer = await kms.call('ReEncrypt', {
      CiphertextBlob,
      SourceEncryptionContext: { from: 'a' },
      DestinationKeyId: other,
      DestinationEncryptionContext: { to: 'b' },
    });
    expect(answer).toEqual({
      CiphertextBlob: answer['CiphertextBlob'],
      SourceKeyId: kms.keys.names.keyArn(KeyId),
      KeyId: kms.keys.names.keyArn(other),
      SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      DestinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      SourceKeyMaterialId: (await kms.describe(KeyId))['CurrentKeyMaterialId'],
      DestinationKeyMaterialId: (await kms.describe(other))['CurrentKeyMaterialId'],
    });
    expect(await kms.decrypt(String(answer['CiphertextBlob']), { to: 'b' })).toBe('hello');
  });

  it.each([
    [{ SourceEncryptionContext: {} }, 'InvalidCiphertextException'],
    [{ SourceKeyId: 'alias/none' }, 'NotFoundException'],
    [{ DestinationKeyId: undefined }, 'ValidationException'],
    [{ DestinationKeyId: 'alias/none' }, 'NotFoundException'],
    [{ CiphertextBlob: base64('x') }, 'InvalidCiphertextException'],
    [{ SourceEncryptionAlgorithm: 'SM2PKE' }, 'InvalidKeyUsageException'],
    [{ DryRun: true }, 'DryRunOperationException'],
  ])('refuses %j', async (input, error) => {
    const CiphertextBlob = await kms.encrypt(KeyId, 'hello', { from: 'a' });
    const SourceEncryptionContext = { from: 'a' };
    const right = { CiphertextBlob, SourceEncryptionContext, DestinationKeyId: other };
    expect(await kms.errorOf('ReEncrypt', { ...right, ...input })).toBe(error);
  });

  it('refuses another source than the one named, and an HMAC key as destination', async () => {
    const CiphertextBlob = await kms.encrypt(KeyId, 'hello');
    const wrong = { CiphertextBlob, SourceKeyId: other, DestinationKeyId: other };
    expect(await kms.errorOf('ReEncrypt', wrong)).toBe('IncorrectKeyException');
    const mac = { CiphertextBlob, DestinationKeyId: macKey };
    expect(await kms.errorOf('ReEncrypt', mac)).toBe('InvalidKeyUsageException');
  });
});

describe('GenerateDataKey', () => {
  it.each([
    [{ KeySpec: 'AES_256' }, 32],
    [{ KeySpec: 'AES_128' }, 16],
    [{ NumberOfBytes: 1024 }, 1024],
    [{ NumberOfBytes: 1 }, 1],
  ])('makes with %j a key of %d bytes, plain and sealed', async (size, length) => {
    const EncryptionContext = { bucket: 'b' };
    const answer = await kms.call('GenerateDataKey', { KeyId, EncryptionContext, ...size });
    const { CiphertextBlob, Plaintext } = answer;
    const KeyMaterialId = (await kms.describe(KeyId))['CurrentKeyMaterialId'];
    const arn = kms.keys.names.keyArn(KeyId);
    expect(answer).toEqual({ CiphertextBlob, Plaintext, KeyId: arn, KeyMaterialId });
    expect(Buffer.from(String(Plaintext), 'base64').length).toBe(length);
    const input = { CiphertextBlob, EncryptionContext };
    expect(await kms.call('Decrypt', input)).toMatchObject({ Plaintext });
  });

  it('WithoutPlaintext has none', async () => {
    const input = { KeyId, KeySpec: 'AES_256' };
    const answer = await kms.call('GenerateDataKeyWithoutPlaintext', input);
    expect(Object.keys(answer).sort()).toEqual(['CiphertextBlob', 'KeyId', 'KeyMaterialId']);
    const { CiphertextBlob } = answer;
    const { Plaintext } = await kms.call('Decrypt', { CiphertextBlob });
    expect(Buffer.from(String(Plaintext), 'base64').length).toBe(32);
  });

  it.each([
    [{}, 'ValidationException'],
    [{ KeySpec: 'AES_256', NumberOfBytes: 32 }, 'ValidationException'],
    [{ KeySpec: 'AES_512' }, 'ValidationException'],
    [{ NumberOfBytes: 0 }, 'ValidationException'],
    [{ NumberOfBytes: 1025 }, 'ValidationException'],
    [{ NumberOfBytes: '32' }, 'SerializationException'],
    [{ KeySpec: 'AES_256', Recipient: {} }, 'UnsupportedOperationException'],
    [{ KeySpec: 'AES_256', DryRun: true }, 'DryRunOperationException'],
  ])('refuses %j', async (input, error) => {
    expect(await kms.errorOf('GenerateDataKey', { KeyId, ...input })).toBe(error);
  });
});

describe('GenerateRandom', () => {
  it('gives as many bytes as are asked for, others each time', async () => {
    const [one, two] = [
      await kms.call('GenerateRandom', { NumberOfBytes: 1024 }),
      await kms.call('GenerateRandom', { NumberOfBytes: 1024 }),
    ];
    expect(Buffer.from(String(one['Plaintext']), 'base64').length).toBe(1024);
    expect(one).not.toEqual(two);
  });

  it.each([
    [{}, 'ValidationException'],
    [{ NumberOfBytes: 1025 }, 'ValidationException'],
    [{ NumberOfBytes: 1, CustomKeyStoreId: 'x' }, 'UnsupportedOperationException'],
  ])('refuses %j', async (input, error) => {
    expect(await kms.errorOf('GenerateRandom', input)).toBe(error);
  });
});

describe('GenerateMac and VerifyMac', () => {
  it.each([224, 256, 384, 512])('agree, with %d bits', async (bits) => {
    const id = await kms.createMacKey(bits);
    const MacAlgorithm = `HMAC_SHA_${bits}`;
    const input = { KeyId: id, Message: base64('message'), MacAlgorithm };
    const made = await kms.call('GenerateMac', input);
    const { Mac } = made;
    const known = { KeyId: kms.keys.names.keyArn(id), MacAlgorithm };
    expect(made).toEqual({ Mac, ...known });
    expect(Buffer.from(String(Mac), 'base64').length).toBe(bits / 8);
    const verified = await kms.call('VerifyMac', { ...input, Mac });
    expect(verified).toEqual({ MacValid: true, ...known });
  });

  it('do not agree about another message, a changed or a shortened MAC', async () => {
    const input = { KeyId: macKey, Message: base64('message'), MacAlgorithm: 'HMAC_SHA_256' };
    const mac = Buffer.from(String((await kms.call('GenerateMac', input))['Mac']), 'base64');
    const changed = Buffer.from(mac);
    changed.writeUInt8(changed.readUInt8(31) ^ 1, 31);
    const Mac = mac.toString('base64');
    const wrong = [
      { Mac, Message: base64('other') },
      { Mac: changed.toString('base64') },
      { Mac: mac.subarray(0, 31).toString('base64') },
    ];
    for (const one of wrong) {
      expect(await kms.errorOf('VerifyMac', { ...input, ...one })).toBe('KMSInvalidMacException');
    }
  });

  it.each([
    [{ MacAlgorithm: 'HMAC_SHA_512' }, 'InvalidKeyUsageException'],
    [{ MacAlgorithm: 'HMAC_MD5' }, 'ValidationException'],
    [{ MacAlgorithm: undefined }, 'ValidationException'],
    [{ Message: '' }, 'ValidationException'],
    [{ Message: base64('x'.repeat(4097)) }, 'ValidationException'],
    [{ KeyId: 'alias/main' }, 'InvalidKeyUsageException'],
    [{ DryRun: true }, 'DryRunOperationException'],
  ])('GenerateMac refuses %j', async (input, error) => {
    const right = { KeyId: macKey, Message: base64('m'), MacAlgorithm: 'HMAC_SHA_256' };
    expect(await kms.errorOf('GenerateMac', { ...right, ...input })).toBe(error);
  });
});
