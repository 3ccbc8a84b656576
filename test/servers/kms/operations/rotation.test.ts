import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { DAY_MS, TestKms } from '../keys/test-kms.ts';

const kms = new TestKms(join(temporaryFolder(), 'kms.db'));
afterAll(() => kms[Symbol.dispose]());

async function rotations(input: Record<string, unknown>): Promise<Record<string, unknown>[]> {
  return (await kms.call('ListKeyRotations', input))['Rotations'] as Record<string, unknown>[];
}

describe('EnableKeyRotation and DisableKeyRotation', () => {
  it('are told of by GetKeyRotationStatus', async () => {
    const KeyId = await kms.createKey();
    const off = { KeyId, KeyRotationEnabled: false };
    expect(await kms.call('GetKeyRotationStatus', { KeyId })).toEqual(off);
    expect(await kms.call('EnableKeyRotation', { KeyId })).toEqual({});
    expect(await kms.call('GetKeyRotationStatus', { KeyId })).toEqual({
      KeyId,
      KeyRotationEnabled: true,
      RotationPeriodInDays: 365,
      NextRotationDate: kms.nowMs / 1000 + 365 * 86_400,
    });
    expect(await kms.call('DisableKeyRotation', { KeyId })).toEqual({});
    expect(await kms.call('GetKeyRotationStatus', { KeyId })).toEqual(off);
  });

  it('count a new period from now, and do not put off what is so already', async () => {
    const KeyId = await kms.createKey();
    await kms.call('EnableKeyRotation', { KeyId });
    const before = await kms.call('GetKeyRotationStatus', { KeyId });
    kms.advance(10 * DAY_MS);
    await kms.call('EnableKeyRotation', { KeyId });
    expect(await kms.call('GetKeyRotationStatus', { KeyId })).toEqual(before);
    await kms.call('EnableKeyRotation', { KeyId, RotationPeriodInDays: 2560 });
    expect(await kms.call('GetKeyRotationStatus', { KeyId })).toMatchObject({
      RotationPeriodInDays: 2560,
      NextRotationDate: kms.nowMs / 1000 + 2560 * 86_400,
    });
  });

  it.each([89, 2561])('do not take a period of %d days', async (RotationPeriodInDays) => {
    const input = { KeyId: await kms.createKey(), RotationPeriodInDays };
    expect(await kms.errorOf('EnableKeyRotation', input)).toBe('ValidationException');
  });

  it('are suspended while a key is pending deletion, and come back', async () => {
    const KeyId = await kms.createKey();
    await kms.call('EnableKeyRotation', { KeyId });
    await kms.call('ScheduleKeyDeletion', { KeyId });
    const during = await kms.call('GetKeyRotationStatus', { KeyId });
    expect(during).toEqual({ KeyId, KeyRotationEnabled: false });
    await kms.call('CancelKeyDeletion', { KeyId });
    const after = await kms.call('GetKeyRotationStatus', { KeyId });
    expect(after).toMatchObject({ KeyRotationEnabled: true });
  });

  it.each([
    'EnableKeyRotation',
    'DisableKeyRotation',
    'GetKeyRotationStatus',
    'RotateKeyOnDemand',
    'ListKeyRotations',
  ])('are not for HMAC keys, nor for aliases: %s', async (operation) => {
    const KeyId = await kms.createMacKey();
    expect(await kms.errorOf(operation, { KeyId })).toBe('UnsupportedOperationException');
    await kms.call('CreateAlias', { AliasName: `alias/${operation}`, TargetKeyId: KeyId });
    const byAlias = { KeyId: `alias/${operation}` };
    expect(await kms.errorOf(operation, byAlias)).toBe('NotFoundException');
    const byArn = { KeyId: kms.keys.names.aliasArn(`alias/${operation}`) };
    expect(await kms.errorOf(operation, byArn)).toBe('InvalidArnException');
  });
});

describe('RotateKeyOnDemand', () => {
  it('makes new ciphertexts under new material, and old ones still open', async () => {
    const KeyId = await kms.createKey();
    const old = await kms.encrypt(KeyId, 'old', { a: 'b' });
    const before = (await kms.describe(KeyId))['CurrentKeyMaterialId'];
    expect(await kms.call('RotateKeyOnDemand', { KeyId })).toEqual({ KeyId });
    const after = (await kms.describe(KeyId))['CurrentKeyMaterialId'];
    expect(after).not.toBe(before);
    const input = { CiphertextBlob: old, EncryptionContext: { a: 'b' } };
    expect(await kms.call('Decrypt', input)).toMatchObject({ KeyMaterialId: before });
    const CiphertextBlob = await kms.encrypt(KeyId, 'new');
    expect(await kms.call('Decrypt', { CiphertextBlob })).toMatchObject({ KeyMaterialId: after });
    const [one, two] = [1, 2].map((version) =>
      kms.keys.versions.use(KeyId, version, (bytes) => Buffer.from(bytes).toString('hex')),
    );
    expect(one).not.toBe(two);
    const moved = await kms.call('ReEncrypt', {
      CiphertextBlob: old,
      SourceEncryptionContext: { a: 'b' },
      DestinationKeyId: KeyId,
    });
    expect(moved).toMatchObject({ SourceKeyMaterialId: before, DestinationKeyMaterialId: after });
  });

  it('happens 25 times in the life of a key', async () => {
    const KeyId = await kms.createKey();
    const blob = await kms.encrypt(KeyId, 'first');
    for (let i = 0; i < 25; i++) await kms.call('RotateKeyOnDemand', { KeyId });
    expect(await kms.errorOf('RotateKeyOnDemand', { KeyId })).toBe('LimitExceededException');
    expect(await kms.decrypt(blob)).toBe('first');
    // Rotation on schedule has no limit.
    await kms.call('EnableKeyRotation', { KeyId });
    kms.advance(365 * DAY_MS);
    expect(await kms.keys.rotateDue(kms.nowMs)).toBeGreaterThan(0);
    expect(kms.keys.find(KeyId, kms.nowMs)?.version).toBe(27);
  });

  it('leaves the schedule alone, and its last twenty minutes to it', async () => {
    const KeyId = await kms.createKey();
    await kms.call('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 });
    const before = await kms.call('GetKeyRotationStatus', { KeyId });
    kms.advance(90 * DAY_MS - 20 * 60_000 - 1);
    await kms.call('RotateKeyOnDemand', { KeyId });
    expect(await kms.call('GetKeyRotationStatus', { KeyId })).toEqual(before);
    kms.advance(1);
    expect(await kms.errorOf('RotateKeyOnDemand', { KeyId })).toBe('ConflictException');
  });

  it('is listed with its date, and the first material where that is asked for', async () => {
    const KeyId = await kms.createKey();
    expect(await rotations({ KeyId })).toEqual([]);
    await kms.call('RotateKeyOnDemand', { KeyId });
    const first = kms.nowMs / 1000;
    kms.advance(1000);
    await kms.call('RotateKeyOnDemand', { KeyId });
    const all = await rotations({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' });
    const RotationType = 'ON_DEMAND';
    expect(all).toMatchObject([
      { KeyId, KeyMaterialState: 'NON_CURRENT' },
      { KeyId, KeyMaterialState: 'NON_CURRENT', RotationType, RotationDate: first },
      { KeyId, KeyMaterialState: 'CURRENT', RotationType, RotationDate: first + 1 },
    ]);
    expect(all[0]).not.toHaveProperty('RotationDate');
    expect(all[2]?.['KeyMaterialId']).toBe((await kms.describe(KeyId))['CurrentKeyMaterialId']);
    expect(await rotations({ KeyId })).toEqual(all.slice(1));
    expect(await rotations({ KeyId, IncludeKeyMaterial: 'ROTATIONS_ONLY' })).toEqual(all.slice(1));
  });
});
