/** `aws s3`, unchanged but for `--endpoint-url`. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startS3 } from '../../support/start-s3.ts';
import type { TestS3 } from '../../support/start-s3.ts';
import { AwsSession } from './aws-session.ts';
import { BIG_BYTES, digestOf, digestsOf, sampleTree } from './sample-tree.ts';
import { AWS, isInstalled, Shell } from './shell.ts';

const timeout = 120_000;

describe.skipIf(!isInstalled(AWS)).concurrent('aws s3', { timeout }, () => {
  let s3: TestS3;
  let shell: Shell;
  beforeAll(async () => {
    s3 = await startS3();
    shell = Shell.for(s3);
    sampleTree(shell.in('tree'));
    await aws('mb', 's3://bucket');
  });
  afterAll(async () => {
    expect(s3.errors).toEqual([]);
    shell[Symbol.dispose]();
    await s3.stop();
  });

  const aws = (...argv: string[]) =>
    shell.done(AWS, '--endpoint-url', s3.url, 's3', ...argv, ...quietly(argv));
  const quietly = ([verb]: string[]): string[] =>
    ['cp', 'sync', 'mv'].includes(verb ?? '') ? ['--no-progress'] : [];

  /** One process for all commands of a test. */
  function openSession() {
    const session = new AwsSession(shell, s3.url);
    const run = (...argv: string[]) => session.run('s3', ...argv, ...quietly(argv));
    return {
      run,
      done: async (...argv: string[]): Promise<string> => {
        const { exitCode, stdout, stderr } = await run(...argv);
        expect({ argv, exitCode, stderr }).toMatchObject({ exitCode: 0 });
        return stdout.trimEnd();
      },
      [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
    };
  }

  test('sends a folder up and back down, with odd names and in parts', async () => {
    await aws('sync', 'tree', 's3://bucket/tree');
    // What is there already is not sent again.
    expect(await aws('sync', 'tree', 's3://bucket/tree')).toBe('');
    await aws('sync', 's3://bucket/tree', 'back');
    expect(digestsOf(shell.in('back'))).toEqual(digestsOf(shell.in('tree')));
    rmSync(shell.in('back', 'sub'), { recursive: true });
    await aws('sync', '--delete', 'back', 's3://bucket/tree');
    const left = await shell.run(
      AWS,
      '--endpoint-url',
      s3.url,
      's3',
      'ls',
      's3://bucket/tree/sub/',
    );
    expect(left).toMatchObject({ exitCode: 1, stdout: '' });
  });

  test('copies, moves, lists and removes', async () => {
    await using session = openSession();
    const { done, run } = session;
    await done('cp', 'tree/big', 's3://bucket/work/big', '--sse', 'AES256');
    await done('cp', 's3://bucket/work/big', 's3://bucket/work/copy');
    await done('mv', 's3://bucket/work/copy', 's3://bucket/work/moved');
    const listed = await done('ls', 's3://bucket/work/');
    expect(listed.split('\n').map((line) => line.split(/\s+/).slice(2))).toEqual([
      [String(BIG_BYTES), 'big'],
      [String(BIG_BYTES), 'moved'],
    ]);
    await done('mv', 's3://bucket/work/moved', 'moved');
    expect(digestOf(shell.in('moved'))).toBe(digestOf(shell.in('tree', 'big')));
    await done('rm', 's3://bucket/work/', '--recursive');
    const none = await run('ls', 's3://bucket/work/');
    expect(none).toMatchObject({ exitCode: 1, stdout: '' });
  });

  test.skipIf(!isInstalled('curl'))('presigns a URL that curl can use', async () => {
    await using session = openSession();
    const { done } = session;
    const name = "ключ & quote'";
    shell.file('small', 'presigned');
    await done('cp', 'small', `s3://bucket/${name}`);
    const url = await done('presign', `s3://bucket/${name}`, '--expires-in', '60');
    expect(await shell.done('curl', '-sS', '-f', url)).toBe('presigned');
    const curl = ['-sS', '-o', '/dev/null', '-w', '%{http_code}'];
    expect(await shell.done('curl', ...curl, url.replace('Expires=60', 'Expires=61'))).toBe('403');
    expect(await shell.done('curl', ...curl, '-X', 'DELETE', url)).toBe('403');
  });
});
