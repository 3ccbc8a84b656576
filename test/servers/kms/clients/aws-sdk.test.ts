/** AWS's own client for JavaScript, unchanged but for its endpoint, does what the KMS is for. */
import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  GenerateMacCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  ListResourceTagsCommand,
  PutKeyPolicyCommand,
  ReEncryptCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
  UpdateKeyDescriptionCommand,
  VerifyMacCommand,
  paginateListAliases,
  paginateListKeyRotations,
  paginateListKeys,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestKms } from '../../support/start-kms.ts';

const DAY_MS = 86_400_000;
const PLAIN = Buffer.from('the plain text');

let kms: TestKms;
let client: KMSClient;
beforeAll(async () => {
  kms = await TestKms.start();
  client = kms.client();
});
afterAll(async () => {
  expect(kms.errors).toEqual([]);
  await kms[Symbol.asyncDispose]();
});

async function makeKey(input: ConstructorParameters<typeof CreateKeyCommand>[0] = {}) {
  const { KeyMetadata } = await client.send(new CreateKeyCommand(input));
  return KeyMetadata?.KeyId ?? '';
}

async function encrypt(
  KeyId: string,
  EncryptionContext: Record<string, string> = {},
  sender: KMSClient = client,
) {
  const command = new EncryptCommand({ KeyId, Plaintext: PLAIN, EncryptionContext });
  return (await sender.send(command)).CiphertextBlob;
}

async function decrypt(blob: Uint8Array | undefined, EncryptionContext = {}): Promise<string> {
  const command = new DecryptCommand({ CiphertextBlob: blob, EncryptionContext });
  return Buffer.from((await client.send(command)).Plaintext ?? []).toString();
}

/**
 * With the server's clock days ahead. A client sets its clock by the Date of an answer, which is today's: so each
 * request needs a fresh one.
 */
const later = (): KMSClient => kms.client();

const named = (name: string): unknown => expect.objectContaining({ name });

describe('messages', () => {
  test('open with their context in any order, and with no other', async () => {
    const KeyId = await makeKey();
    const blob = await encrypt(KeyId, { a: '1', b: '2' });
    expect(await decrypt(blob, { b: '2', a: '1' })).toBe(PLAIN.toString());
    for (const context of [{}, { a: '1' }, { a: '2', b: '1' }, { a: '1', b: '2', c: '' }]) {
      await expect(decrypt(blob, context)).rejects.toEqual(named('InvalidCiphertextException'));
    }
  });

  test('move from key to key without being seen', async () => {
    const [first, second] = [await makeKey(), await makeKey()];
    const moved = await client.send(
      new ReEncryptCommand({
        CiphertextBlob: await encrypt(first, { a: '1' }),
        SourceEncryptionContext: { a: '1' },
        DestinationKeyId: second,
        DestinationEncryptionContext: { b: '2' },
      }),
    );
    expect(moved.SourceKeyId).toContain(first);
    expect(moved.KeyId).toContain(second);
    expect(await decrypt(moved.CiphertextBlob, { b: '2' })).toBe(PLAIN.toString());
    const pinned = new DecryptCommand({ CiphertextBlob: moved.CiphertextBlob, KeyId: first });
    await expect(client.send(pinned)).rejects.toEqual(named('IncorrectKeyException'));
  });

  test('of 4,096 bytes are the largest', async () => {
    const KeyId = await makeKey();
    const most = new EncryptCommand({ KeyId, Plaintext: Buffer.alloc(4096) });
    expect((await client.send(most)).CiphertextBlob?.length).toBeGreaterThan(4096);
    const more = new EncryptCommand({ KeyId, Plaintext: Buffer.alloc(4097) });
    await expect(client.send(more)).rejects.toEqual(named('ValidationException'));
  });

  test('data keys come in the clear and sealed, or sealed only', async () => {
    const KeyId = await makeKey();
    const made = await client.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }));
    expect(made.Plaintext?.length).toBe(32);
    const command = new DecryptCommand({ CiphertextBlob: made.CiphertextBlob });
    expect((await client.send(command)).Plaintext).toEqual(made.Plaintext);
    const sealed = await client.send(
      new GenerateDataKeyWithoutPlaintextCommand({ KeyId, NumberOfBytes: 64 }),
    );
    expect(sealed).not.toHaveProperty('Plaintext');
    const opened = new DecryptCommand({ CiphertextBlob: sealed.CiphertextBlob });
    expect((await client.send(opened)).Plaintext?.length).toBe(64);
  });

  test('are vouched for by MACs', async () => {
    const KeyId = await makeKey({ KeySpec: 'HMAC_384', KeyUsage: 'GENERATE_VERIFY_MAC' });
    const MacAlgorithm = 'HMAC_SHA_384';
    const asked = { KeyId, Message: PLAIN, MacAlgorithm } as const;
    const { Mac = new Uint8Array() } = await client.send(new GenerateMacCommand(asked));
    expect(Mac.length).toBe(48);
    const verified = await client.send(new VerifyMacCommand({ ...asked, Mac }));
    expect(verified.MacValid).toBe(true);
    const other = new VerifyMacCommand({ ...asked, Message: Buffer.from('other'), Mac });
    await expect(client.send(other)).rejects.toEqual(named('KMSInvalidMacException'));
  });
});

describe('the life of a key', () => {
  test('disabled it does nothing, enabled again it does', async () => {
    const KeyId = await makeKey();
    const blob = await encrypt(KeyId);
    await client.send(new DisableKeyCommand({ KeyId }));
    await expect(decrypt(blob)).rejects.toEqual(named('DisabledException'));
    await expect(encrypt(KeyId)).rejects.toEqual(named('DisabledException'));
    await client.send(new EnableKeyCommand({ KeyId }));
    expect(await decrypt(blob)).toBe(PLAIN.toString());
  });

  test('rotated on demand and on time, it opens what it ever sealed', async () => {
    const KeyId = await makeKey();
    const blobs = [await encrypt(KeyId)];
    await client.send(new RotateKeyOnDemandCommand({ KeyId }));
    blobs.push(await encrypt(KeyId));
    await client.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
    const status = await client.send(new GetKeyRotationStatusCommand({ KeyId }));
    expect(status).toMatchObject({ KeyRotationEnabled: true, RotationPeriodInDays: 90 });
    kms.aheadMs += 91 * DAY_MS;
    blobs.push(await encrypt(KeyId, {}, later()));
    kms.aheadMs = 0;
    const types: unknown[] = [];
    for await (const page of paginateListKeyRotations({ client, pageSize: 1 }, { KeyId })) {
      types.push(...(page.Rotations ?? []).map(({ RotationType }) => RotationType));
    }
    expect(types).toEqual(['ON_DEMAND', 'AUTOMATIC']);
    for (const blob of blobs) expect(await decrypt(blob)).toBe(PLAIN.toString());
  });

  test('deletion waits, can be called off, and is final when it is due', async () => {
    const KeyId = await makeKey();
    const blob = await encrypt(KeyId);
    const asked = { KeyId, PendingWindowInDays: 7 };
    const scheduled = await client.send(new ScheduleKeyDeletionCommand(asked));
    expect(scheduled.KeyState).toBe('PendingDeletion');
    await expect(decrypt(blob)).rejects.toEqual(named('KMSInvalidStateException'));
    await client.send(new CancelKeyDeletionCommand({ KeyId }));
    await client.send(new EnableKeyCommand({ KeyId }));
    expect(await decrypt(blob)).toBe(PLAIN.toString());
    await client.send(new ScheduleKeyDeletionCommand(asked));
    await kms.stop();
    kms.aheadMs = 8 * DAY_MS;
    await kms.start();
    const describe = new DescribeKeyCommand({ KeyId });
    await expect(later().send(describe)).rejects.toEqual(named('NotFoundException'));
    kms.aheadMs = 0;
    client = kms.client();
    await expect(client.send(describe)).rejects.toEqual(named('NotFoundException'));
    await expect(decrypt(blob)).rejects.toEqual(named('InvalidCiphertextException'));
  });
});

describe('what is said of keys', () => {
  test('aliases point, move, and go', async () => {
    const [first, second] = [await makeKey(), await makeKey()];
    const AliasName = 'alias/team/app';
    await client.send(new CreateAliasCommand({ AliasName, TargetKeyId: first }));
    const blob = await encrypt(AliasName);
    await client.send(new UpdateAliasCommand({ AliasName, TargetKeyId: second }));
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: AliasName }));
    expect(KeyMetadata?.KeyId).toBe(second);
    expect(await decrypt(blob)).toBe(PLAIN.toString());
    await client.send(new DeleteAliasCommand({ AliasName }));
    await expect(encrypt(AliasName)).rejects.toEqual(named('NotFoundException'));
  });

  test('tags, descriptions and policies are kept', async () => {
    const KeyId = await makeKey({ Description: 'old', Tags: [{ TagKey: 'a', TagValue: '1' }] });
    const Tags = [{ TagKey: 'b', TagValue: '2' }];
    await client.send(new TagResourceCommand({ KeyId, Tags }));
    await client.send(new UntagResourceCommand({ KeyId, TagKeys: ['a'] }));
    expect(await client.send(new ListResourceTagsCommand({ KeyId }))).toMatchObject({ Tags });
    await client.send(new UpdateKeyDescriptionCommand({ KeyId, Description: 'новый' }));
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
    expect(KeyMetadata?.Description).toBe('новый');
    const { Policy = '' } = await client.send(new GetKeyPolicyCommand({ KeyId }));
    await client.send(new PutKeyPolicyCommand({ KeyId, Policy: Policy.replace('*', '*') }));
    expect(JSON.parse(Policy)).toMatchObject({ Statement: [{ Effect: 'Allow' }] });
  });

  test('are listed page by page, each once', async () => {
    const made = await Promise.all(Array.from({ length: 12 }, () => makeKey()));
    await Promise.all(
      made.map((TargetKeyId, i) =>
        client.send(new CreateAliasCommand({ AliasName: `alias/page-${i}`, TargetKeyId })),
      ),
    );
    const ids: string[] = [];
    for await (const page of paginateListKeys({ client, pageSize: 5 }, {})) {
      expect(page.Keys?.length).toBeLessThanOrEqual(5);
      ids.push(...(page.Keys ?? []).map(({ KeyId = '' }) => KeyId));
    }
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(made));
    const names: string[] = [];
    for await (const page of paginateListAliases({ client, pageSize: 5 }, {})) {
      names.push(...(page.Aliases ?? []).map(({ AliasName = '' }) => AliasName));
    }
    expect(names.filter((name) => name.startsWith('alias/page-'))).toHaveLength(12);
  });
});
