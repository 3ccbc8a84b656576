/** `aws kms`, unchanged but for `--endpoint-url`. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RotateKeyOnDemandCommand } from '@aws-sdk/client-kms';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestKms } from '../../support/start-kms.ts';

const AWS = '/usr/bin/aws';

/** Every command is a Python of its own. */
const timeout = 240_000;

describe.skipIf(!existsSync(AWS)).concurrent('aws kms', { timeout }, () => {
  let kms: TestKms;
  beforeAll(async () => {
    kms = await TestKms.start();
  });
  afterAll(async () => {
    expect(kms.errors).toEqual([]);
    await kms[Symbol.asyncDispose]();
  });

  interface Ran {
    /** Of the answer; undefined where nothing was answered. */
    readonly json: Record<string, never>;
    readonly exitCode: number | undefined;
    readonly stderr: string;
  }

  async function aws(...argv: string[]): Promise<Ran> {
    const where = ['--endpoint-url', kms.url, '--output', 'json'];
    const ran = await execa(AWS, ['kms', ...argv, ...where], {
      env: kms.env(),
      extendEnv: false,
      reject: false,
    });
    const json = ran.stdout === '' ? {} : (JSON.parse(ran.stdout) as Record<string, never>);
    return { json, exitCode: ran.exitCode, stderr: ran.stderr };
  }

  async function answered(...argv: string[]): Promise<Record<string, never>> {
    const { json, exitCode, stderr } = await aws(...argv);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    return json;
  }

  async function refused(code: string, ...argv: string[]): Promise<void> {
    const { exitCode, stderr } = await aws(...argv);
    expect([exitCode, stderr]).toEqual([254, expect.stringContaining(`(${code})`)]);
  }

  async function makeKey(...argv: string[]): Promise<string> {
    const { KeyMetadata } = await answered('create-key', ...argv);
    return (KeyMetadata as unknown as { KeyId: string }).KeyId;
  }

  /** A blob in a file, as the tool wants to be given it. */
  function blobFile(name: string, base64: unknown): string {
    const file = join(kms.folder, name);
    writeFileSync(file, Buffer.from(String(base64), 'base64'));
    return `fileb://${file}`;
  }

  test('seals and opens with a context, over a rotation, not while disabled', async () => {
    const key = await makeKey('--description', 'from the command line');
    const text = blobFile('plain', Buffer.from('hello').toString('base64'));
    const context = ['--encryption-context', 'app=payroll,stage=test'];
    const sealed = await answered('encrypt', '--key-id', key, '--plaintext', text, ...context);
    const blob = ['--ciphertext-blob', blobFile('blob', sealed['CiphertextBlob'])];
    const decrypt = ['decrypt', ...blob];
    const hello = { Plaintext: Buffer.from('hello').toString('base64') };
    expect(await answered(...decrypt, ...context)).toMatchObject(hello);
    await Promise.all([
      refused('InvalidCiphertextException', ...decrypt),
      refused('InvalidCiphertextException', ...decrypt, '--encryption-context', 'app=payroll'),
    ]);
    await answered('enable-key-rotation', '--key-id', key);
    const status = await answered('get-key-rotation-status', '--key-id', key);
    expect(status).toMatchObject({ KeyRotationEnabled: true });
    // Debian's tool does not know this one yet.
    await kms.client().send(new RotateKeyOnDemandCommand({ KeyId: key }));
    await answered('disable-key', '--key-id', key);
    await refused('DisabledException', ...decrypt, ...context);
    await answered('enable-key', '--key-id', key);
    expect(await answered(...decrypt, ...context)).toMatchObject(hello);
    const other = await makeKey();
    const from = ['--source-encryption-context', 'app=payroll,stage=test'];
    const to = ['--destination-key-id', other];
    const moved = await answered('re-encrypt', ...blob, ...from, ...to);
    const movedBlob = blobFile('moved', moved['CiphertextBlob']);
    const pinned = ['decrypt', '--ciphertext-blob', movedBlob, '--key-id'];
    expect(await answered(...pinned, other)).toMatchObject(hello);
    await refused('IncorrectKeyException', ...pinned, key);
  });

  test('makes data keys and MACs', async () => {
    const mac = ['--key-spec', 'HMAC_256', '--key-usage', 'GENERATE_VERIFY_MAC'];
    const [key, macKey] = await Promise.all([makeKey(), makeKey(...mac)]);
    const made = await answered('generate-data-key', '--key-id', key, '--key-spec', 'AES_256');
    const blob = blobFile('data-key', made['CiphertextBlob']);
    const { Plaintext } = await answered('decrypt', '--ciphertext-blob', blob);
    expect(Plaintext).toBe(made['Plaintext']);
    const message = ['--message', blobFile('message', 'aGVsbG8=')];
    const asked = ['--key-id', macKey, '--mac-algorithm', 'HMAC_SHA_256', ...message];
    const { Mac } = await answered('generate-mac', ...asked);
    const verify = ['verify-mac', ...asked, '--mac'];
    expect(await answered(...verify, blobFile('mac', Mac))).toMatchObject({ MacValid: true });
    const wrong = blobFile('wrong', Buffer.alloc(32).toString('base64'));
    await refused('KMSInvalidMacException', ...verify, wrong);
  });

  test('names, tags, pages, protects and deletes keys', async () => {
    const key = await makeKey('--tags', 'TagKey=team,TagValue=a');
    const id = ['--key-id', key];
    await answered('create-alias', '--alias-name', 'alias/cli', '--target-key-id', key);
    const { KeyMetadata } = await answered('describe-key', '--key-id', 'alias/cli');
    expect(KeyMetadata).toMatchObject({ KeyId: key, KeyState: 'Enabled' });
    const { Aliases } = await answered('list-aliases', ...id);
    expect(Aliases).toMatchObject([{ AliasName: 'alias/cli', TargetKeyId: key }]);
    const { Tags } = await answered('list-resource-tags', ...id);
    expect(Tags).toEqual([{ TagKey: 'team', TagValue: 'a' }]);
    const { Keys } = await answered('list-keys', '--page-size', '1');
    expect((Keys as unknown as { KeyId: string }[]).map(({ KeyId }) => KeyId)).toContain(key);
    const deny = {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' },
        { Effect: 'Deny', Principal: '*', Action: 'kms:GenerateDataKey*', Resource: '*' },
      ],
    };
    const policy = ['--policy', JSON.stringify(deny), '--policy-name', 'default'];
    await answered('put-key-policy', ...id, ...policy);
    await refused('AccessDeniedException', 'generate-data-key', ...id, '--key-spec', 'AES_256');
    await answered('schedule-key-deletion', ...id, '--pending-window-in-days', '7');
    const text = blobFile('text', 'aGVsbG8=');
    await refused('KMSInvalidStateException', 'encrypt', ...id, '--plaintext', text);
    await answered('cancel-key-deletion', ...id);
  });
});
