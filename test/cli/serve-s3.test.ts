import { chmodSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addServe } from '../../src/cli/commands/serve/serve.ts';
import { addS3Key, s3ClientOf, s3Flags, startS3Process } from '../servers/support/s3-process.ts';
import { runCommand } from './support/in-process.ts';
import { Home } from './support/program.ts';

let home: Home;
beforeAll(async () => void (home = await Home.make()));
afterAll(() => home[Symbol.asyncDispose]());

const serve = (...argv: string[]) => home.run(['serve', 's3', ...argv]);

describe('cybs3 serve s3', () => {
  test('serves until it is told to stop, and goes on where it ended', async () => {
    const flags = s3Flags(home, 'whole');
    const key = await addS3Key(home, flags);
    const first = await startS3Process(home, flags);
    expect(first.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const client = s3ClientOf(first.url, key);
    const place = { Bucket: 'photos', Key: 'a' };
    await client.send(new CreateBucketCommand({ Bucket: 'photos' }));
    await client.send(new PutObjectCommand({ ...place, Body: 'hello' }));
    client.destroy();
    const ended = await first.stop();
    expect(ended).toMatchObject({ exitCode: 0, stdout: `listening on ${first.url}\n` });

    const second = await startS3Process(home, [...flags, '--json', '--monitor', '0']);
    const again = s3ClientOf(second.url, key);
    const { Body } = await again.send(new GetObjectCommand(place));
    expect(await Body?.transformToString()).toBe('hello');
    expect((await fetch(`${second.monitorUrl}/health`)).status).toBe(200);
    again.destroy();
    expect((await second.stop('SIGINT')).exitCode).toBe(0);
    expect(statSync(home.in('whole')).mode & 0o777).toBe(0o700);
  });

  test('sees access keys that come and go while it runs', async () => {
    const flags = s3Flags(home, 'keys');
    const server = await startS3Process(home, flags);
    expect(server.stderr()).toContain('there is no access key yet');
    const key = await addS3Key(home, flags, 'late', ['--role', 'read', '--bucket', 'photos/a/']);
    const client = s3ClientOf(server.url, key);
    await client.send(new ListBucketsCommand({}));
    const listed = await serve(...flags, '--list-keys');
    expect(listed.stdout).toMatch(/^id +name +made +role +buckets\n/);
    expect(listed.stdout).toMatch(/CYBS\w{16} +late +\d{4}-\d\d-\d\d +read +photos\/a\/\n/);
    expect(listed.stdout).not.toContain(key.secretAccessKey);
    expect((await serve(...flags, '--remove-key', key.accessKeyId)).exitCode).toBe(0);
    const refused = client.send(new ListBucketsCommand({}));
    await expect(refused).rejects.toMatchObject({ name: 'InvalidAccessKeyId' });
    client.destroy();
    await server.stop();
  });

  test('is alone on its folder, and needs its master key', async () => {
    const flags = s3Flags(home, 'alone');
    const server = await startS3Process(home, flags);
    const second = await serve(...flags, '--port', '0');
    expect(second).toMatchObject({ exitCode: 11, stdout: '' });
    await server.stop();
    const file = home.in('other.key');
    writeFileSync(file, 'f'.repeat(64), { mode: 0o600 });
    const wrong = await serve('--data', home.in('alone'), '--master-key-file', file, '--port', '0');
    expect(wrong).toMatchObject({ exitCode: 12 });
    expect(wrong.stderr).toContain('another master key');
    chmodSync(file, 0o644);
    const open = await serve('--data', home.in('alone'), '--master-key-file', file, '--port', '0');
    expect(open.exitCode).not.toBe(0);
  });

  test('--scrub finds what rots, with and without the master key', async () => {
    const flags = s3Flags(home, 'rot');
    const key = await addS3Key(home, flags);
    const server = await startS3Process(home, flags);
    const client = s3ClientOf(server.url, key);
    await client.send(new CreateBucketCommand({ Bucket: 'photos' }));
    const body = Buffer.alloc(300_000, 'x');
    await client.send(new PutObjectCommand({ Bucket: 'photos', Key: 'a\u001b[2J', Body: body }));
    client.destroy();
    const beside = await serve(...flags, '--scrub');
    expect(beside).toMatchObject({ exitCode: 0 });
    expect(beside.stdout).toContain('no damage found');
    await server.stop();

    const data = home.in('rot', 'data');
    const files = readdirSync(data, { recursive: true, withFileTypes: true });
    const [file] = files.filter((one) => one.isFile());
    const name = join(file?.parentPath ?? '', file?.name ?? '');
    const bytes = readFileSync(name);
    bytes[1000] = (bytes[1000] ?? 0) ^ 1;
    writeFileSync(name, bytes);
    const rotten = await serve(...flags, '--scrub');
    expect(rotten).toMatchObject({ exitCode: 13 });
    expect(rotten.stderr).toContain('photos/"a\\u001b[2J": checksum');
    const json = await serve('--data', home.in('rot'), '--scrub', '--json');
    expect(json.exitCode).toBe(13);
    expect(json.stdout).toContain('"type":"finding"');
  });

  test('--verify-audit tells a whole log from one that was edited', async () => {
    const flags = s3Flags(home, 'audit');
    const server = await startS3Process(home, flags);
    await server.stop();
    const file = home.in('audit', 'audit.jsonl');
    expect(await serve('--verify-audit', file)).toMatchObject({ exitCode: 0 });
    writeFileSync(file, readFileSync(file, 'utf8').replace('"start"', '"stopp"'));
    expect(await serve('--verify-audit', file)).toMatchObject({ exitCode: 13 });
  });

  const wrong: readonly (readonly [what: string, argv: readonly string[], says: string])[] = [
    ['no folder', ['--list-keys'], '--data DIR'],
    ['no master key', ['--data', 'y', '--list-keys'], 'generate-key'],
    ['no role', ['--data', 'x', '--master-key-file', 'KEY', '--add-key', 'a'], '--role full'],
    ['a role alone', ['--data', 'x', '--role', 'full'], 'go with --add-key'],
    ['two things at once', ['--data', 'x', '--scrub', '--list-keys'], 'one thing at a time'],
    ['an unknown role', ['--data', 'x', '--add-key', 'a', '--role', 'admin'], 'write-once'],
    ['a port that is none', ['--data', 'x', '--port', 'http'], '65535'],
    ['a key without its KMS', ['--data', 'x', '--kms-key-id', 'a'], '--kms-endpoint'],
    ['a domain that is none', ['--data', 'x', '--domain', 'a b'], 'domain'],
  ];
  test.each(wrong)('%s is a usage error that says what to do', async (_, argv, says) => {
    writeFileSync(home.in('k'), 'e'.repeat(64), { mode: 0o600 });
    argv = argv.map((one) => (one === 'KEY' ? home.in('k') : one === 'x' ? home.in('x') : one));
    const machine = { cwd: home.path, env: {} };
    const { error } = await runCommand([addServe], ['serve', 's3', ...argv], machine);
    expect(error).toMatchObject({ code: expect.stringMatching(/^(usage|commander\.)/) as string });
    const { message, hint = '' } = error as { message: string; hint?: string };
    expect(`${message} ${hint}`).toContain(says);
  });

  test('plain http is for loopback, and keys of a KMS never go over it elsewhere', async () => {
    const flags = s3Flags(home, 'plain');
    const open = await serve(...flags, '--host', '0.0.0.0', '--port', '0');
    expect(open).toMatchObject({ exitCode: 2 });
    expect(open.stderr).toContain('--tls-cert');
    const kms = await serve(...flags, '--port', '0', '--kms-endpoint', 'http://192.0.2.1:8081');
    expect(kms).toMatchObject({ exitCode: 2 });
    expect(kms.stderr).toContain('over plain http');
  });
});
