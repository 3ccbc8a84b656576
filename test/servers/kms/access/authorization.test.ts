import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateRandomCommand,
  ListKeysCommand,
  PutKeyPolicyCommand,
  ReEncryptCommand,
  UpdateAliasCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestKms, type KeyLimits } from '../../support/start-kms.ts';

const PLAIN = Buffer.from('the plain text');

let kms: TestKms;
let admin: KMSClient;
beforeAll(async () => {
  kms = await TestKms.start();
  admin = kms.client();
});
afterAll(() => kms[Symbol.asyncDispose]());

async function makeKey(): Promise<string> {
  const { KeyMetadata } = await admin.send(new CreateKeyCommand({}));
  return KeyMetadata?.KeyId ?? '';
}

const clientOf = (limits: KeyLimits): KMSClient => kms.client(kms.addKey(limits));

const encrypt = (KeyId: string, EncryptionContext: Record<string, string> = {}) =>
  new EncryptCommand({ KeyId, Plaintext: PLAIN, EncryptionContext });

/** `ok`, or the name of the error. */
async function outcomeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'ok',
    (error: Error) => error.name,
  );
}

const DENIED = 'AccessDeniedException';

describe('an access key that is limited to operations', () => {
  test('does these and no others, in whatever order they come', async () => {
    const KeyId = await makeKey();
    const client = clientOf({ operations: ['Encrypt', 'DescribeKey'] });
    expect(await outcomeOf(client.send(encrypt(KeyId)))).toBe('ok');
    expect(await outcomeOf(client.send(new DescribeKeyCommand({ KeyId })))).toBe('ok');
    const { CiphertextBlob } = await client.send(encrypt(KeyId));
    for (const command of [
      new DecryptCommand({ CiphertextBlob }),
      new ReEncryptCommand({ CiphertextBlob, DestinationKeyId: KeyId }),
    ]) {
      expect(await outcomeOf(client.send(command as DecryptCommand))).toBe(DENIED);
    }
    expect(await outcomeOf(client.send(new CreateKeyCommand({})))).toBe(DENIED);
    expect(await outcomeOf(client.send(new ListKeysCommand({})))).toBe(DENIED);
  });

  test('is told in the words of AWS, with its name and the key', async () => {
    const KeyId = await makeKey();
    const client = clientOf({ name: 'narrow', keyIds: [await makeKey()] });
    await expect(client.send(encrypt(KeyId))).rejects.toThrow(
      `User: arn:aws:iam::000000000000:user/narrow is not authorized to perform: kms:Encrypt ` +
        `on resource: arn:aws:kms:us-east-1:000000000000:key/${KeyId}`,
    );
  });
});

describe('a key that is made with tags', () => {
  const tagged = new CreateKeyCommand({ Tags: [{ TagKey: 'cost', TagValue: '7' }] });

  test('needs the right to tag, too', async () => {
    const maker = clientOf({ operations: ['CreateKey'] });
    expect(await outcomeOf(maker.send(new CreateKeyCommand({})))).toBe('ok');
    expect(await outcomeOf(maker.send(new CreateKeyCommand({ Tags: [] })))).toBe('ok');
    await expect(maker.send(tagged)).rejects.toThrow('perform: kms:TagResource on resource: *');
    const tagger = clientOf({ operations: ['CreateKey', 'TagResource'] });
    expect(await outcomeOf(tagger.send(tagged))).toBe('ok');
  });

  test('needs it by name where the access key is limited to other keys', async () => {
    const keyIds = [await makeKey()];
    const operations = ['CreateKey'];
    expect(await outcomeOf(clientOf({ keyIds, operations }).send(tagged))).toBe(DENIED);
    const both = clientOf({ keyIds, operations: [...operations, 'TagResource'] });
    expect(await outcomeOf(both.send(tagged))).toBe('ok');
  });
});

describe('an access key that is limited to keys', () => {
  test('uses these by id, ARN or alias, and no others by whatever name', async () => {
    const [mine, other] = [await makeKey(), await makeKey()];
    await admin.send(new CreateAliasCommand({ AliasName: 'alias/mine', TargetKeyId: mine }));
    await admin.send(new CreateAliasCommand({ AliasName: 'alias/other', TargetKeyId: other }));
    const arn = `arn:aws:kms:us-east-1:000000000000:key/${mine}`;
    const aliasArn = 'arn:aws:kms:us-east-1:000000000000:alias/mine';
    for (const given of [mine, arn, 'alias/mine', aliasArn]) {
      const client = clientOf({ keyIds: [given] });
      for (const name of [mine, arn, 'alias/mine', aliasArn]) {
        expect(await outcomeOf(client.send(encrypt(name)))).toBe('ok');
      }
      for (const name of [other, 'alias/other']) {
        expect(await outcomeOf(client.send(encrypt(name)))).toBe(DENIED);
      }
    }
  });

  test('does not open what another key sealed, though the ciphertext names that key', async () => {
    const [mine, other] = [await makeKey(), await makeKey()];
    const { CiphertextBlob } = await admin.send(encrypt(other));
    const client = clientOf({ keyIds: [mine] });
    const decrypt = new DecryptCommand({ CiphertextBlob });
    expect(await outcomeOf(client.send(decrypt))).toBe(DENIED);
    const reEncrypt = new ReEncryptCommand({ CiphertextBlob, DestinationKeyId: mine });
    expect(await outcomeOf(client.send(reEncrypt))).toBe(DENIED);
  });

  test('follows its alias to another key, and cannot point it anywhere itself', async () => {
    const [first, second] = [await makeKey(), await makeKey()];
    await admin.send(new CreateAliasCommand({ AliasName: 'alias/moves', TargetKeyId: first }));
    const client = clientOf({ keyIds: ['alias/moves'] });
    const update = new UpdateAliasCommand({ AliasName: 'alias/moves', TargetKeyId: second });
    expect(await outcomeOf(client.send(update))).toBe(DENIED);
    await admin.send(update);
    expect(await outcomeOf(client.send(encrypt(second)))).toBe('ok');
    expect(await outcomeOf(client.send(encrypt(first)))).toBe(DENIED);
  });

  test('does what needs no key only where it is listed by name', async () => {
    const keyIds = [await makeKey()];
    const random = new GenerateRandomCommand({ NumberOfBytes: 8 });
    for (const command of [random, new ListKeysCommand({}), new CreateKeyCommand({})]) {
      const sent = clientOf({ keyIds }).send(command as ListKeysCommand);
      expect(await outcomeOf(sent)).toBe(DENIED);
    }
    const client = clientOf({ keyIds, operations: ['GenerateRandom'] });
    expect(await outcomeOf(client.send(random))).toBe('ok');
  });
});

describe('a key policy', () => {
  const root = {
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::000000000000:root' },
    Action: 'kms:*',
    Resource: '*',
  };
  const user = (name: string) => ({ AWS: `arn:aws:iam::000000000000:user/${name}` });

  async function keyWith(...statements: object[]): Promise<string> {
    const KeyId = await makeKey();
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: statements });
    await admin.send(new PutKeyPolicyCommand({ KeyId, Policy }));
    return KeyId;
  }

  test('that denies a user something denies it, and only to that user', async () => {
    const deny = { ...root, Effect: 'Deny', Principal: user('writer'), Action: 'kms:Decrypt' };
    const KeyId = await keyWith(root, deny);
    const { CiphertextBlob } = await clientOf({ name: 'writer' }).send(encrypt(KeyId));
    const decrypt = new DecryptCommand({ CiphertextBlob });
    expect(await outcomeOf(clientOf({ name: 'writer' }).send(decrypt))).toBe(DENIED);
    expect(await outcomeOf(clientOf({ name: 'reader' }).send(decrypt))).toBe('ok');
  });

  test('allows nothing that the access key does not allow', async () => {
    const KeyId = await keyWith(root, { ...root, Principal: user('limited') });
    const client = clientOf({ name: 'limited', operations: ['DescribeKey'] });
    expect(await outcomeOf(client.send(encrypt(KeyId)))).toBe(DENIED);
  });

  test('that demands an encryption context is obeyed', async () => {
    const Condition = { StringEquals: { 'kms:EncryptionContext:app': ['payroll', 'letters'] } };
    const KeyId = await keyWith(
      { ...root, Principal: user('admin') },
      { ...root, Principal: user('app'), Condition },
    );
    const client = clientOf({ name: 'app' });
    expect(await outcomeOf(client.send(encrypt(KeyId, { app: 'payroll' })))).toBe('ok');
    expect(await outcomeOf(client.send(encrypt(KeyId, { app: 'letters', x: 'y' })))).toBe('ok');
    expect(await outcomeOf(client.send(encrypt(KeyId, { app: 'games' })))).toBe(DENIED);
    expect(await outcomeOf(client.send(encrypt(KeyId)))).toBe(DENIED);
    expect(await outcomeOf(client.send(new DescribeKeyCommand({ KeyId })))).toBe(DENIED);
    const both = encrypt(KeyId, { app: 'payroll', App: 'games' });
    expect(await outcomeOf(client.send(both))).toBe(DENIED);
  });

  test('counts for both keys of ReEncrypt, each with its own context and action', async () => {
    const Condition = { StringEquals: { 'kms:EncryptionContext:stage': 'old' } };
    const allowed = { ...root, Principal: user('mover'), Action: 'kms:ReEncryptFrom', Condition };
    const source = await keyWith({ ...root, Principal: user('admin') }, allowed);
    const target = await makeKey();
    const context = { stage: 'old' };
    const { CiphertextBlob } = await admin.send(encrypt(source, context));
    const client = clientOf({ name: 'mover' });
    const move = (DestinationKeyId: string) =>
      new ReEncryptCommand({ CiphertextBlob, SourceEncryptionContext: context, DestinationKeyId });
    expect(await outcomeOf(client.send(move(target)))).toBe('ok');
    expect(await outcomeOf(client.send(move(source)))).toBe(DENIED);
  });

  test('that this server could not enforce is not accepted', async () => {
    const KeyId = await makeKey();
    const Condition = { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } };
    const Policy = JSON.stringify({ Statement: [root, { ...root, Effect: 'Deny', Condition }] });
    const put = new PutKeyPolicyCommand({ KeyId, Policy });
    expect(await outcomeOf(admin.send(put))).toBe('MalformedPolicyDocumentException');
    expect(
      await outcomeOf(admin.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }))),
    ).toBe('ok');
  });
});
