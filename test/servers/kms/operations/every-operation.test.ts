import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KmsError } from '../../../../src/servers/kms/kms-error.ts';
import { OPERATIONS } from '../../../../src/servers/kms/operations/all-operations.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { TestKms, base64 } from '../keys/test-kms.ts';

const kms = new TestKms(join(temporaryFolder(), 'kms.db'));
afterAll(() => kms[Symbol.dispose]());

const NAMES = [...OPERATIONS.keys()];

/** The members that some operation has, so that garbage gets past the first check now and then. */
const MEMBERS = `
  KeyId Plaintext CiphertextBlob EncryptionContext Limit Marker Policy PolicyName AliasName Tags
  TagKeys TargetKeyId Description NumberOfBytes KeySpec KeyUsage MacAlgorithm Message Mac DryRun
  RotationPeriodInDays PendingWindowInDays DestinationKeyId SourceKeyId GrantTokens __proto__
`
  .trim()
  .split(/\s+/);

let KeyId = '';
let macKey = '';
let CiphertextBlob = '';
async function makeKeys(): Promise<void> {
  kms.authorize = () => undefined;
  KeyId = await kms.createKey();
  macKey = await kms.createMacKey();
  CiphertextBlob = await kms.encrypt(KeyId, 'x');
}

describe('every operation', () => {
  beforeAll(makeKeys);

  it('is there under its own name, all 31 of them', () => {
    expect(NAMES.length).toBe(31);
    for (const [name, operation] of OPERATIONS) expect(operation.name).toBe(name);
  });

  it.each(NAMES)('%s answers garbage with an error of AWS’s, or not at all', async (name) => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown>,
      fc.constantFrom(KeyId, macKey, CiphertextBlob, 'alias/x', 'HMAC_SHA_256', base64('x'), 7),
    );
    const input = fc.dictionary(fc.constantFrom(...MEMBERS), value, { maxKeys: 5 });
    await fc.assert(
      fc.asyncProperty(input, async (members) => {
        try {
          await kms.call(name, members);
        } catch (error) {
          if (!(error instanceof KmsError)) throw error;
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('every operation on a key', () => {
  beforeEach(makeKeys);

  const byKey: readonly [string, () => Record<string, unknown>][] = [
    ['CancelKeyDeletion', () => ({ KeyId })],
    ['CreateAlias', () => ({ AliasName: 'alias/x', TargetKeyId: KeyId })],
    ['Decrypt', () => ({ CiphertextBlob })],
    ['Decrypt', () => ({ CiphertextBlob, KeyId })],
    ['DescribeKey', () => ({ KeyId })],
    ['DisableKey', () => ({ KeyId })],
    ['DisableKeyRotation', () => ({ KeyId })],
    ['EnableKey', () => ({ KeyId })],
    ['EnableKeyRotation', () => ({ KeyId })],
    ['Encrypt', () => ({ KeyId, Plaintext: base64('x') })],
    ['GenerateDataKey', () => ({ KeyId, KeySpec: 'AES_256' })],
    ['GenerateDataKeyWithoutPlaintext', () => ({ KeyId, KeySpec: 'AES_256' })],
    ['GenerateMac', () => ({ KeyId: macKey, Message: base64('x'), MacAlgorithm: 'HMAC_SHA_256' })],
    ['GetKeyPolicy', () => ({ KeyId })],
    ['GetKeyRotationStatus', () => ({ KeyId })],
    ['ListAliases', () => ({ KeyId })],
    ['ListKeyPolicies', () => ({ KeyId })],
    ['ListKeyRotations', () => ({ KeyId })],
    ['ListResourceTags', () => ({ KeyId })],
    ['PutKeyPolicy', () => ({ KeyId, Policy: '{}' })],
    ['ReEncrypt', () => ({ CiphertextBlob, DestinationKeyId: KeyId })],
    ['RotateKeyOnDemand', () => ({ KeyId })],
    ['ScheduleKeyDeletion', () => ({ KeyId })],
    ['TagResource', () => ({ KeyId, Tags: [] })],
    ['UntagResource', () => ({ KeyId, TagKeys: [] })],
    ['UpdateKeyDescription', () => ({ KeyId, Description: 'new' })],
    [
      'VerifyMac',
      () => ({ KeyId: macKey, Message: base64('x'), MacAlgorithm: 'HMAC_SHA_256', Mac: 'eA==' }),
    ],
  ];

  it.each(byKey)('%s does nothing without permission', async (name, input) => {
    const before = [kms.keys.find(KeyId, kms.nowMs), kms.keys.find(macKey, kms.nowMs)];
    kms.authorize = () => {
      throw new KmsError('AccessDeniedException', 'no');
    };
    expect(await kms.errorOf(name, input())).toBe('AccessDeniedException');
    const after = [kms.keys.find(KeyId, kms.nowMs), kms.keys.find(macKey, kms.nowMs)];
    expect(after).toEqual(before);
  });

  it('has its permission asked for by name, with the context where there is one', async () => {
    const uses: unknown[] = [];
    kms.authorize = (key, use) => {
      uses.push([key.id, use.action, use.context && Object.fromEntries(use.context)]);
    };
    const context = { a: 'b' };
    const blob = await kms.encrypt(KeyId, 'x', context);
    await kms.decrypt(blob, context);
    const other = await kms.createKey();
    await kms.call('ReEncrypt', {
      CiphertextBlob: blob,
      SourceEncryptionContext: context,
      DestinationKeyId: other,
      DestinationEncryptionContext: { c: 'd' },
    });
    await kms.describe(KeyId);
    expect(uses).toEqual([
      [KeyId, 'Encrypt', context],
      [KeyId, 'Decrypt', context],
      [KeyId, 'ReEncryptFrom', context],
      [other, 'ReEncryptTo', { c: 'd' }],
      [KeyId, 'DescribeKey', undefined],
    ]);
  });
});
