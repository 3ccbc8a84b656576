/** Promise: the data folder without the master key is worthless, and no secret ever gets into a log. */
import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateMacCommand,
  KMSClient,
  RotateKeyOnDemandCommand,
} from '@aws-sdk/client-kms';
import { expect, test } from 'vitest';
import { openKmsData } from '../../../../src/servers/kms/open-kms-data.ts';
import { MasterKey } from '../../../../src/servers/secrets/master-key.ts';
import { Home } from '../../../cli/support/program.ts';
import { addKeyByCommand, startKmsProcess } from './kms-process.ts';

const CANARY = `canary-${randomBytes(12).toString('hex')}`;

/** The bytes, and how text would show them. */
function formsOf(secret: Uint8Array): Buffer[] {
  const bytes = Buffer.from(secret);
  const base64 = bytes.toString('base64').replace(/=+$/, '');
  return [bytes, ...[bytes.toString('hex'), base64].map((text) => Buffer.from(text))];
}

/** Key material of all versions, opened with the master key as the server does. */
function materialOf(folder: string, masterBytes: Buffer): Buffer[] {
  using master = MasterKey.of(masterBytes);
  const db = openKmsData(folder, master);
  try {
    const rows = db.prepare('SELECT key_id, version, box FROM kms_key_version').all();
    return rows.map(({ key_id: id, version, box }) =>
      master.unwrap(box as Uint8Array, `kms key ${String(id)} version ${String(version)}`),
    );
  } finally {
    db.close();
  }
}

test('neither files nor logs hold key material, secrets, plaintext or contexts', async () => {
  await using home = await Home.make();
  await home.run(['serve', 'generate-key', home.in('key')]);
  const flags = ['--data', home.in('data'), '--master-key-file', home.in('key')];
  const access = await addKeyByCommand(home, flags);
  const credentials = { accessKeyId: access.accessKeyId, secretAccessKey: access.secret };
  const server = await startKmsProcess(home, [...flags, '--verbose', '--debug']);
  const client = new KMSClient({ endpoint: server.url, region: 'us-east-1', credentials });
  const made = await client.send(new CreateKeyCommand({}));
  const KeyId = made.KeyMetadata?.KeyId;
  const EncryptionContext = { app: CANARY };
  const Plaintext = Buffer.from(CANARY);
  const asked = { KeyId, EncryptionContext };
  const { CiphertextBlob } = await client.send(new EncryptCommand({ ...asked, Plaintext }));
  await client.send(new RotateKeyOnDemandCommand({ KeyId }));
  await client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
  await expect(client.send(new DecryptCommand({ CiphertextBlob }))).rejects.toThrow();
  const command = new GenerateDataKeyCommand({ ...asked, KeySpec: 'AES_256' });
  const dataKey = await client.send(command);
  const KeySpec = 'HMAC_256';
  const mac = await client.send(new CreateKeyCommand({ KeySpec, KeyUsage: 'GENERATE_VERIFY_MAC' }));
  const macAsked = { KeyId: mac.KeyMetadata?.KeyId, MacAlgorithm: 'HMAC_SHA_256' } as const;
  await client.send(new GenerateMacCommand({ ...macAsked, Message: Plaintext }));
  client.destroy();

  // While it runs and after: the write-ahead log is a file, too.
  const before = filesIn(home.in('data'));
  const { stdout, stderr, exitCode } = await server.stop();
  expect(exitCode).toBe(0);
  const after = filesIn(home.in('data'));
  expect([...before.keys()]).toEqual(
    expect.arrayContaining(['kms.db', 'kms.db-wal', 'audit.jsonl']),
  );

  const master = Buffer.from(readFileSync(home.in('key'), 'utf8'), 'base64');
  const material = materialOf(home.in('data'), master);
  expect(material.map(({ length }) => length)).toEqual([32, 32, 32]);
  const secrets = [master, ...material, dataKey.Plaintext ?? CANARY, access.secret, CANARY];
  const forms = secrets.flatMap((one) => formsOf(Buffer.from(one)));
  const places = [...before, ...after, ['output', Buffer.from(stdout + stderr)] as const];
  const found = places.filter(([, bytes]) => forms.some((form) => bytes.includes(form)));
  expect(found.map(([file]) => file)).toEqual([]);
  // The search can find: what has to be in the files is seen.
  expect(after.get('kms.db')?.includes(String(KeyId))).toBe(true);
});

function filesIn(folder: string): Map<string, Buffer> {
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
}
