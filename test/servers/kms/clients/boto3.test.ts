import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CreateKeyCommand, EncryptCommand, RotateKeyOnDemandCommand } from '@aws-sdk/client-kms';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { TestKms } from '../../support/start-kms.ts';

const PYTHON = '/usr/bin/python3';
const script = fileURLToPath(new URL('boto3-kms.py', import.meta.url));
const withoutBoto3 = spawnSync(PYTHON, ['-c', 'import boto3']).status !== 0;

test.skipIf(withoutBoto3)('boto3 works with the KMS as with that of AWS', async () => {
  await using kms = await TestKms.start();
  const client = kms.client();
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
  const KeyId = KeyMetadata?.KeyId;
  const Plaintext = Buffer.from('sealed before');
  const { CiphertextBlob = '' } = await client.send(new EncryptCommand({ KeyId, Plaintext }));
  await client.send(new RotateKeyOnDemandCommand({ KeyId }));
  const blob = Buffer.from(CiphertextBlob).toString('base64');
  const ran = await execa(PYTHON, [script, kms.url, blob], {
    env: kms.env(),
    extendEnv: false,
    reject: false,
  });
  expect(ran.stderr).toBe('');
  expect(ran.stdout).toBe('all is well');
  expect(kms.errors).toEqual([]);
});
