import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { get as httpsGet } from 'node:https';
import { createServer } from 'node:net';
import { CreateKeyCommand, KMSClient, ListKeysCommand } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  addKeyByCommand,
  startKmsProcess,
  type CliKey,
} from '../servers/kms/clients/kms-process.ts';
import { Home } from './support/program.ts';

let home: Home;
let keyFile: string;
/** The flags of a server on the folder `data`. */
let flags: string[];

beforeAll(async () => {
  home = await Home.make();
  keyFile = home.in('kms.key');
  const made = await home.run(['serve', 'generate-key', keyFile]);
  expect(made).toMatchObject({ exitCode: 0, stdout: '' });
  flags = ['--data', home.in('data'), '--master-key-file', keyFile];
});
afterAll(() => home[Symbol.asyncDispose]());

const kms = (...argv: string[]) => home.run(['serve', 'kms', ...argv]);

function clientOf(endpoint: string, { accessKeyId, secret }: CliKey): KMSClient {
  const credentials = { accessKeyId, secretAccessKey: secret };
  return new KMSClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
}

describe('a server', () => {
  test('says where it listens, serves, takes keys meanwhile, and stops in good order', async () => {
    const first = await addKeyByCommand(home, flags);
    const server = await startKmsProcess(home, [...flags, '--monitor', '0']);
    const client = clientOf(server.url, first);
    await client.send(new CreateKeyCommand({}));
    const second = await addKeyByCommand(home, flags, 'second');
    const other = clientOf(server.url, second);
    expect((await other.send(new ListKeysCommand({}))).Keys).toHaveLength(1);
    const list = await kms(...flags, '--list-keys');
    expect(list.stdout).toMatch(new RegExp(`^id.*\n${first.accessKeyId} +test .*\n.*second`));
    expect(list.stdout).not.toContain(first.secret);
    expect(await kms(...flags, '--remove-key', second.accessKeyId)).toMatchObject({ exitCode: 0 });
    await expect(other.send(new ListKeysCommand({}))).rejects.toThrow(/security token/);
    const monitor = /metrics at (\S+)\/metrics/.exec(server.stderr())?.[1] ?? '';
    const metrics = await (await fetch(`${monitor}/metrics`)).text();
    expect(metrics).toContain('kms_requests_total{operation="CreateKey",outcome="ok"} 1');
    expect((await fetch(`${monitor}/health`)).status).toBe(200);
    const ended = await server.stop();
    expect(ended).toMatchObject({ exitCode: 0, stdout: `listening on ${server.url}\n` });
    const audit = await kms('--verify-audit', home.in('data', 'audit.jsonl'));
    expect(audit).toMatchObject({ exitCode: 0 });
    expect(audit.stdout).toMatch(/^5 entries, the last with hash [0-9a-f]{64}\n$/);
  });

  test('speaks https with a certificate of generate-cert', async () => {
    const names = ['--common-name', 'localhost', '--name', '127.0.0.1'];
    const files = ['--cert', home.in('cert.pem'), '--key', home.in('tls.pem')];
    const made = await home.run(['serve', 'generate-cert', ...names, ...files]);
    expect(made.exitCode).toBe(0);
    expect(statSync(home.in('tls.pem')).mode & 0o777).toBe(0o600);
    const tls = ['--tls-cert', home.in('cert.pem'), '--tls-key', home.in('tls.pem')];
    const server = await startKmsProcess(home, [...flags, ...tls]);
    const ca = readFileSync(home.in('cert.pem'));
    const status = await new Promise((resolve, reject) => {
      const answer = httpsGet(`${server.url}/health`, { ca }, ({ statusCode }) =>
        resolve(statusCode),
      );
      answer.on('error', reject);
    });
    expect([server.url.slice(0, 18), status]).toEqual(['https://127.0.0.1:', 200]);
    expect((await server.stop()).exitCode).toBe(0);
  });

  test('speaks JSON with --json', async () => {
    const made = await kms(...flags, '--json', '--add-key', 'json', '--allow-operation', 'Encrypt');
    expect(JSON.parse(made.stdout)).toMatchObject({
      type: 'access_key',
      name: 'json',
      operations: ['Encrypt'],
      secretAccessKey: expect.stringMatching(/^.{40}$/) as string,
    });
    const listed = await kms(...flags, '--json', '--list-keys');
    expect(listed.stdout).not.toContain('secretAccessKey');
    const server = await startKmsProcess(home, [...flags, '--json']);
    const { stdout } = await server.stop();
    expect(JSON.parse(stdout)).toMatchObject({ event: 'listening', url: server.url });
  });

  test('without any access key says so', async () => {
    const argv = ['--data', home.in('empty'), '--master-key-file', keyFile];
    const server = await startKmsProcess(home, argv);
    expect((await server.stop()).stderr).toMatch(/no access key yet/);
  });

  test('is the only one on its folder and its port', async () => {
    const server = await startKmsProcess(home, flags);
    const second = await kms(...flags, '--port', '0');
    expect(second).toMatchObject({ exitCode: 11, stderr: expect.stringMatching(/another server/) });
    await server.stop();
    const squatter = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => squatter.once('listening', resolve));
    const { port } = squatter.address() as { port: number };
    const taken = await kms(...flags, '--port', String(port));
    expect(taken).toMatchObject({ exitCode: 11, stderr: expect.stringMatching(/port/) });
    squatter.close();
  });
});

describe('the master key', () => {
  test('is made once, for its owner only', async () => {
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    const text = readFileSync(keyFile, 'utf8');
    expect(Buffer.from(text, 'base64')).toHaveLength(32);
    const again = await home.run(['serve', 'generate-key', keyFile]);
    expect(again).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/there already/) });
    expect(readFileSync(keyFile, 'utf8')).toBe(text);
  });

  test('comes from a command, the environment, or a credential of systemd', async () => {
    await addKeyByCommand(home, flags);
    const data = ['serve', 'kms', '--data', home.in('data'), '--list-keys'];
    const value = readFileSync(keyFile, 'utf8');
    const byCommand = await home.run([...data, '--master-key-command', `cat ${keyFile}`]);
    expect(byCommand).toMatchObject({ exitCode: 0, stderr: '' });
    const byVariable = await home.run(data, { env: { CYBS3_SERVER_MASTER_KEY: value.trim() } });
    expect(byVariable.exitCode).toBe(0);
    mkdirSync(home.in('credentials'));
    writeFileSync(home.in('credentials', 'kms'), value);
    const env = { CREDENTIALS_DIRECTORY: home.in('credentials') };
    const byCredential = await home.run([...data, '--master-key-credential', 'kms'], { env });
    expect(byCredential.exitCode).toBe(0);
    const outside = await home.run([...data, '--master-key-credential', '../kms.key'], { env });
    expect(outside.exitCode).toBe(2);
    for (const one of [byCommand, byVariable, byCredential]) {
      expect(one.stdout).toBe(byCommand.stdout);
      expect(one.stdout + one.stderr).not.toContain(value.trim());
    }
  });

  test.each([
    ['none given', [], 2, /generate-key/],
    ['two given', ['--master-key-file', 'x', '--master-key-command', 'y'], 2, /several/],
    ['not there', ['--master-key-file', 'nowhere'], 1, /cannot read/],
    ['a command that fails', ['--master-key-command', 'false'], 1, /master key command false/],
    ['no key', ['--master-key-command', 'echo hello'], 12, /not 32 bytes/],
    ['another one', ['--master-key-command', `printf %s ${'ab'.repeat(32)}`], 12, /another master/],
  ])('%s: refused', async (_, source, exitCode, message) => {
    const ran = await kms('--data', home.in('data'), '--port', '0', ...source);
    expect(ran).toMatchObject({ exitCode, stdout: '', stderr: expect.stringMatching(message) });
  });

  test('in a file that others can read is refused', async () => {
    const file = home.in('open.key');
    writeFileSync(file, readFileSync(keyFile));
    chmodSync(file, 0o640);
    const ran = await kms('--data', home.in('data'), '--master-key-file', file, '--list-keys');
    expect(ran).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/others can read/) });
  });
});

describe('what makes no sense is refused', () => {
  test.each([
    ['no folder', ['--list-keys'], /--data/],
    ['two things at once', ['--data', 'd', '--list-keys', '--add-key', 'x'], /one thing/],
    ['limits without a key', ['--data', 'd', '--allow-key', 'alias/x'], /go with --add-key/],
    ['a name with spaces', ['--data', 'd', '--add-key', 'a b'], /letters/],
    [
      'an unknown operation',
      ['--data', 'd', '--add-key', 'a', '--allow-operation', 'X'],
      /no oper/,
    ],
    ['no key', ['--data', 'd', '--add-key', 'a', '--allow-key', 'a b'], /no key/],
    ['a bad port', ['--data', 'd', '--port', '70000'], /65535/],
    ['a bad region', ['--data', 'd', '--region', 'No Where'], /region/],
    ['half of TLS', ['--data', 'd', '--tls-cert', 'x'], /both/],
    ['an unknown access key', ['--data', 'data', '--remove-key', 'CYBKX'], /no such/],
  ])('%s', async (_, argv, message) => {
    const ran = await kms('--master-key-file', keyFile, ...argv);
    expect(ran).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringMatching(message) });
  });

  test('plain http where others can listen in', async () => {
    const ran = await kms(...flags, '--host', '0.0.0.0', '--port', '0');
    expect(ran).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/plain http/) });
  });
});

test('an audit log that was changed is found out: exit code 13 and the line', async () => {
  const server = await startKmsProcess(home, flags);
  await server.stop();
  const file = home.in('audit-copy.jsonl');
  const lines = readFileSync(home.in('data', 'audit.jsonl'), 'utf8').split('\n');
  writeFileSync(file, [lines[0]?.replace('start', 'stop!'), ...lines.slice(1)].join('\n'));
  const ran = await kms('--verify-audit', file);
  expect(ran).toMatchObject({ exitCode: 13, stdout: '' });
  expect(ran.stderr).toMatch(/broken at line 2/);
});
