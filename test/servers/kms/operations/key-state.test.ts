import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { DAY_MS, TestKms, base64 } from '../keys/test-kms.ts';

const kms = new TestKms(join(temporaryFolder(), 'kms.db'));
afterAll(() => kms[Symbol.dispose]());

let KeyId = '';
let CiphertextBlob = '';
let macKeyId = '';
beforeEach(async () => {
  KeyId = await kms.createKey();
  CiphertextBlob = await kms.encrypt(KeyId, 'before');
  macKeyId = await kms.createMacKey();
});

/** Everything that a key has to be enabled for. */
const USES: readonly [string, () => Record<string, unknown>][] = [
  ['Encrypt', () => ({ KeyId, Plaintext: base64('x') })],
  ['Decrypt', () => ({ CiphertextBlob })],
  ['Decrypt', () => ({ CiphertextBlob, KeyId })],
  ['ReEncrypt', () => ({ CiphertextBlob, DestinationKeyId: KeyId })],
  ['GenerateDataKey', () => ({ KeyId, KeySpec: 'AES_256' })],
  ['GenerateDataKeyWithoutPlaintext', () => ({ KeyId, NumberOfBytes: 5 })],
  ['EnableKeyRotation', () => ({ KeyId })],
  ['DisableKeyRotation', () => ({ KeyId })],
  ['RotateKeyOnDemand', () => ({ KeyId })],
  ['GenerateMac', () => ({ KeyId: macKeyId, Message: base64('x'), MacAlgorithm: 'HMAC_SHA_256' })],
  [
    'VerifyMac',
    () => ({
      KeyId: macKeyId,
      Message: base64('x'),
      MacAlgorithm: 'HMAC_SHA_256',
      Mac: base64('y'),
    }),
  ],
];

/** What is refused besides while the deletion of a key is pending. */
const CHANGES: readonly [string, () => Record<string, unknown>][] = [
  ['EnableKey', () => ({ KeyId })],
  ['DisableKey', () => ({ KeyId })],
  ['ScheduleKeyDeletion', () => ({ KeyId })],
  ['UpdateKeyDescription', () => ({ KeyId, Description: 'x' })],
  ['TagResource', () => ({ KeyId, Tags: [] })],
  ['UntagResource', () => ({ KeyId, TagKeys: [] })],
  ['CreateAlias', () => ({ AliasName: 'alias/new', TargetKeyId: KeyId })],
];

describe('a disabled key', () => {
  it.each(USES)('is not used by %s', async (operation, input) => {
    await kms.call('DisableKey', { KeyId });
    await kms.call('DisableKey', { KeyId: macKeyId });
    const failure = await kms.failure(operation, input());
    expect(failure).toMatchObject({ code: 'DisabledException', status: 400 });
    expect(failure.message).toMatch(/^arn:aws:kms:.* is disabled\.$/);
  });

  it('says so, and is as before once it is enabled again', async () => {
    await kms.call('DisableKey', { KeyId });
    await kms.call('DisableKey', { KeyId });
    expect(await kms.describe(KeyId)).toMatchObject({ KeyState: 'Disabled', Enabled: false });
    await kms.call('EnableKey', { KeyId });
    expect(await kms.describe(KeyId)).toMatchObject({ KeyState: 'Enabled', Enabled: true });
    expect(await kms.decrypt(CiphertextBlob)).toBe('before');
  });
});

describe('a key pending deletion', () => {
  it.each([...USES, ...CHANGES])('is neither used nor changed by %s', async (operation, input) => {
    await kms.call('ScheduleKeyDeletion', { KeyId });
    await kms.call('ScheduleKeyDeletion', { KeyId: macKeyId });
    const failure = await kms.failure(operation, input());
    expect(failure).toMatchObject({ code: 'KMSInvalidStateException', status: 400 });
    expect(failure.message).toMatch(/ is pending deletion\.$/);
  });

  it('still tells what it is', async () => {
    await kms.call('ScheduleKeyDeletion', { KeyId });
    const operations = ['DescribeKey', 'GetKeyPolicy', 'ListKeyPolicies', 'ListResourceTags'];
    for (const operation of operations) await kms.call(operation, { KeyId });
    await kms.call('ListKeyRotations', { KeyId });
  });

  it('is Disabled once its deletion is cancelled, and works when it is enabled', async () => {
    const arn = kms.keys.names.keyArn(KeyId);
    await kms.call('ScheduleKeyDeletion', { KeyId });
    expect(await kms.call('CancelKeyDeletion', { KeyId })).toEqual({ KeyId: arn });
    const metadata = await kms.describe(KeyId);
    expect(metadata).toMatchObject({ KeyState: 'Disabled' });
    expect(metadata).not.toHaveProperty('DeletionDate');
    await kms.call('EnableKey', { KeyId });
    expect(await kms.decrypt(CiphertextBlob)).toBe('before');
    kms.advance(100 * DAY_MS);
    await kms.keys.deleteDue(kms.nowMs);
    expect(await kms.decrypt(CiphertextBlob)).toBe('before');
  });
});

describe('ScheduleKeyDeletion', () => {
  it('waits 30 days where no number is given, else that many', async () => {
    const arn = kms.keys.names.keyArn(KeyId);
    const DeletionDate = kms.nowMs / 1000 + 30 * 86_400;
    expect(await kms.call('ScheduleKeyDeletion', { KeyId })).toEqual({
      KeyId: arn,
      DeletionDate,
      KeyState: 'PendingDeletion',
      PendingWindowInDays: 30,
    });
    expect(await kms.describe(KeyId)).toMatchObject({ DeletionDate, Enabled: false });
    const input = { KeyId: macKeyId, PendingWindowInDays: 7 };
    expect(await kms.call('ScheduleKeyDeletion', input)).toMatchObject({ PendingWindowInDays: 7 });
  });

  it.each([
    [6, 'ValidationException'],
    [31, 'ValidationException'],
    [7.5, 'SerializationException'],
    ['7', 'SerializationException'],
  ])('does not wait %j days', async (PendingWindowInDays, error) => {
    const input = { KeyId, PendingWindowInDays };
    expect(await kms.errorOf('ScheduleKeyDeletion', input)).toBe(error);
    expect(await kms.describe(KeyId)).toMatchObject({ KeyState: 'Enabled' });
  });

  it('can be cancelled only where it was done', async () => {
    const failure = await kms.failure('CancelKeyDeletion', { KeyId });
    expect(failure.code).toBe('KMSInvalidStateException');
    expect(failure.message).toMatch(/ is not pending deletion\.$/);
  });
});

describe('UpdateKeyDescription', () => {
  it('sets it, also to nothing, but wants one', async () => {
    await kms.call('UpdateKeyDescription', { KeyId, Description: 'x'.repeat(8192) });
    expect(await kms.describe(KeyId)).toMatchObject({ Description: 'x'.repeat(8192) });
    await kms.call('UpdateKeyDescription', { KeyId, Description: '' });
    expect(await kms.describe(KeyId)).toMatchObject({ Description: '' });
    expect(await kms.errorOf('UpdateKeyDescription', { KeyId })).toBe('ValidationException');
  });
});
