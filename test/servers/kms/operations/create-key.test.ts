import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { ACCOUNT, DAY_MS, REGION, TestKms } from '../keys/test-kms.ts';

const folder = temporaryFolder();
const kms = new TestKms(join(folder, 'kms.db'));
afterAll(() => kms[Symbol.dispose]());

describe('CreateKey', () => {
  it('makes a symmetric key where nothing is asked for, as DescribeKey tells', async () => {
    const { KeyMetadata } = await kms.call('CreateKey');
    const { KeyId, CurrentKeyMaterialId } = KeyMetadata as Record<string, string>;
    expect(KeyId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(CurrentKeyMaterialId).toMatch(/^[0-9a-f]{64}$/);
    expect(KeyMetadata).toEqual({
      AWSAccountId: ACCOUNT,
      KeyId,
      Arn: `arn:aws:kms:${REGION}:${ACCOUNT}:key/${KeyId}`,
      CreationDate: kms.nowMs / 1000,
      Enabled: true,
      Description: '',
      KeyUsage: 'ENCRYPT_DECRYPT',
      KeyState: 'Enabled',
      Origin: 'AWS_KMS',
      KeyManager: 'CUSTOMER',
      CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
      KeySpec: 'SYMMETRIC_DEFAULT',
      EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
      CurrentKeyMaterialId,
      MultiRegion: false,
    });
    expect(await kms.describe(String(KeyId))).toEqual(KeyMetadata);
  });

  it.each([224, 256, 384, 512])('makes HMAC keys of %d bits', async (bits) => {
    const id = await kms.createMacKey(bits);
    const metadata = await kms.describe(id);
    expect(metadata).toMatchObject({
      KeySpec: `HMAC_${bits}`,
      KeyUsage: 'GENERATE_VERIFY_MAC',
      MacAlgorithms: [`HMAC_SHA_${bits}`],
    });
    expect(metadata).not.toHaveProperty('EncryptionAlgorithms');
    expect(kms.keys.versions.use(id, 1, (bytes) => bytes.length)).toBe(bits / 8);
  });

  it('takes the old name of KeySpec, but not both', async () => {
    const old = { CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT' };
    await kms.createKey(old);
    const both = { ...old, KeySpec: 'SYMMETRIC_DEFAULT' };
    expect(await kms.errorOf('CreateKey', both)).toBe('ValidationException');
  });

  it.each([
    [{ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }, 'UnsupportedOperationException'],
    [{ KeySpec: 'ML_KEM_768' }, 'UnsupportedOperationException'],
    [{ KeySpec: 'AES_256' }, 'ValidationException'],
    [{ KeySpec: '__proto__' }, 'ValidationException'],
    [{ KeySpec: 'HMAC_256' }, 'ValidationException'],
    [{ KeySpec: 'HMAC_256', KeyUsage: 'ENCRYPT_DECRYPT' }, 'ValidationException'],
    [{ KeyUsage: 'GENERATE_VERIFY_MAC' }, 'ValidationException'],
    [{ KeyUsage: 'NONE' }, 'ValidationException'],
    [{ Origin: 'EXTERNAL' }, 'UnsupportedOperationException'],
    [{ Origin: 'MOON' }, 'ValidationException'],
    [{ MultiRegion: true }, 'UnsupportedOperationException'],
    [{ CustomKeyStoreId: 'cks-1' }, 'UnsupportedOperationException'],
    [{ XksKeyId: 'x' }, 'UnsupportedOperationException'],
    [{ Description: 'x'.repeat(8193) }, 'ValidationException'],
    [{ Description: 5 }, 'SerializationException'],
    [{ MultiRegion: 'false' }, 'SerializationException'],
    [{ Policy: '{' }, 'MalformedPolicyDocumentException'],
    [{ Policy: '' }, 'ValidationException'],
    [{ Tags: 'a=b' }, 'SerializationException'],
    [{ Tags: ['a'] }, 'SerializationException'],
    [{ Tags: [{ TagKey: 'a' }] }, 'SerializationException'],
    [{ Tags: [{ TagKey: '', TagValue: '' }] }, 'ValidationException'],
    [{ Tags: [{ TagKey: 'aws:x', TagValue: '' }] }, 'TagException'],
  ])('refuses %j', async (input, error) => {
    const { Keys: before } = await kms.call('ListKeys', { Limit: 1000 });
    expect(await kms.errorOf('CreateKey', input)).toBe(error);
    expect((await kms.call('ListKeys', { Limit: 1000 }))['Keys']).toEqual(before);
  });

  it('ignores members it does not know, and those that are null', async () => {
    const id = await kms.createKey({ Colour: 'red', KeySpec: null, Tags: null, Policy: null });
    expect(await kms.describe(id)).toMatchObject({ KeySpec: 'SYMMETRIC_DEFAULT' });
  });

  it('makes at most 100,000 keys, deleted ones not counted', async () => {
    using full = new TestKms(join(folder, 'full.db'));
    const id = await full.createKey();
    full.db.exec(`
      WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
      INSERT INTO kms_key SELECT i, i, spec, is_enabled, description, '', created_ms, deletion_ms,
        deletion_days, version, rotation_days, next_rotation_ms FROM kms_key, n WHERE number = 1`);
    expect(await full.errorOf('CreateKey')).toBe('LimitExceededException');
    await full.call('ScheduleKeyDeletion', { KeyId: id });
    expect(await full.errorOf('CreateKey')).toBe('LimitExceededException');
    full.advance(30 * DAY_MS);
    await full.keys.deleteDue(full.nowMs);
    await full.createKey();
    expect(await full.errorOf('CreateKey')).toBe('LimitExceededException');
  });

  it('gives every key its own id and its own material', async () => {
    const ids = await Promise.all(Array.from({ length: 50 }, () => kms.createKey()));
    const materials = ids.map((id) =>
      kms.keys.versions.use(id, 1, (bytes) => Buffer.from(bytes).toString('hex')),
    );
    expect(new Set(ids).size).toBe(50);
    expect(new Set(materials).size).toBe(50);
  });
});
