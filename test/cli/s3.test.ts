import {
  DeleteObjectCommand,
  GetObjectLockConfigurationCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshBucket, witness, rgw, withoutRgw } from '../store/rgw.ts';
import { Home, type RunResult } from './support/program.ts';

describe.skipIf(withoutRgw)('a vault on S3, from the command line', () => {
  let home: Home;
  let bucket: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    home = await Home.make();
    bucket = await freshBucket();
    env = {
      AWS_ACCESS_KEY_ID: rgw.keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: rgw.keys.secretAccessKey,
      AWS_REGION: 'us-east-1',
      CYBS3_ENDPOINT: rgw.endpoint,
    };
    await mkdir(home.in('src'));
    await writeFile(home.in('src', 'a.txt'), 'hello');
    await home.wordsFile();
  });
  afterAll(async () => home[Symbol.asyncDispose]());

  async function run(argv: string[], more: Record<string, string> = {}): Promise<RunResult> {
    return home.run([...argv, '--mnemonic-file', 'words.txt'], { env: { ...env, ...more } });
  }

  async function keysUnder(prefix: string): Promise<string[]> {
    const list = new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix });
    const { Contents = [] } = await witness().send(list);
    return Contents.map(({ Key = '' }) => Key);
  }

  test('init, backup, restore and check', async () => {
    const vault = `s3://${bucket}/plain`;
    expect(await run(['vault', 'init', vault])).toMatchObject({ exitCode: 0 });
    expect(await run(['vault', 'init', vault])).toMatchObject({ exitCode: 1 });
    expect(await run(['backup', 'src', '--vault', vault])).toMatchObject({ exitCode: 0 });
    const shown = await run(['cat', `latest:${home.in('src', 'a.txt')}`, '--vault', vault]);
    expect(shown).toMatchObject({ exitCode: 0, stdout: 'hello' });
    expect(await run(['check', '--read-data', '--vault', vault])).toMatchObject({ exitCode: 0 });
  });

  test('copies of metadata lie where they should, and `check` does without them', async () => {
    const vault = ['--vault', `s3://${bucket}/copied`];
    const file = `latest:${home.in('src', 'a.txt')}`;
    const there = { XDG_CACHE_HOME: home.in('copies') };
    await run(['vault', 'init', `s3://${bucket}/copied`], there);
    await run(['backup', 'src', '--no-cache', ...vault], there);
    expect(await readdir(home.path)).not.toContain('copies');
    expect((await run(['cat', file, ...vault], there)).stdout).toBe('hello');
    const [id = ''] = await readdir(home.in('copies', 'cybs3'));
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    const rooms = (await readdir(home.in('copies', 'cybs3', id))).toSorted();
    expect(rooms).toEqual(['CACHEDIR.TAG', 'index', 'meta', 'snapshots']);
    await run(['cat', file, '--cache-dir', 'here', ...vault], { CYBS3_CACHE_DIR: 'not-here' });
    expect((await readdir(home.in('here', id))).toSorted()).toEqual(rooms);
    expect(await readdir(home.path)).not.toContain('not-here');
    // With its copies one reads what the bucket has lost; what is lost is seen all the same.
    for (const Key of await keysUnder('copied/meta/')) {
      await witness().send(new DeleteObjectCommand({ Bucket: bucket, Key }));
    }
    expect((await run(['cat', file, ...vault], there)).stdout).toBe('hello');
    expect(await run(['check', ...vault], there)).toMatchObject({ exitCode: 13 });
    expect((await run(['cat', file, '--no-cache', ...vault], there)).exitCode).not.toBe(0);
  });

  test('--sse aws:kms of init holds for every later write, from any machine', async () => {
    const vault = `s3://${bucket}/kms`;
    const sse = ['--sse', 'aws:kms', '--sse-kms-key-id', rgw.kmsKeyId];
    expect(await run(['vault', 'init', vault, ...sse])).toMatchObject({ exitCode: 0 });
    expect(await run(['backup', 'src', '--vault', vault])).toMatchObject({ exitCode: 0 });
    const keys = await keysUnder('kms/');
    expect(keys.length).toBeGreaterThan(5);
    for (const Key of keys) {
      const head = await witness().send(new HeadObjectCommand({ Bucket: bucket, Key }));
      expect(head).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: rgw.kmsKeyId });
    }
  });

  test.skipIf(!rgw.isOurs)('--sse AES256 of init holds for every later write', async () => {
    const vault = `s3://${bucket}/aes`;
    expect(await run(['vault', 'init', vault, '--sse', 'AES256'])).toMatchObject({ exitCode: 0 });
    for (const Key of await keysUnder('aes/')) {
      const head = await witness().send(new HeadObjectCommand({ Bucket: bucket, Key }));
      expect(head.ServerSideEncryption).toBe('AES256');
    }
  });

  test.skipIf(rgw.isOurs)(
    '--sse AES256, which Ceph takes and does not do, is refused',
    async () => {
      const made = await run(['vault', 'init', `s3://${bucket}/aes`, '--sse', 'AES256']);
      expect(made).toMatchObject({ exitCode: 1, stdout: '' });
      expect(made.stderr).toMatch(/error: .*AES256/);
      expect(await keysUnder('aes/')).toEqual([]);
    },
  );

  test('--create-bucket of init makes the bucket, for locks with Object Lock', async () => {
    const made = `${bucket}-made`;
    const init = ['vault', 'init', `s3://${made}/v`, '--create-bucket'];
    const locked = [...init, '--lock', 'governance', '--lock-days', '1'];
    expect(await run(locked)).toMatchObject({ exitCode: 0 });
    const about = await witness().send(new GetObjectLockConfigurationCommand({ Bucket: made }));
    expect(about.ObjectLockConfiguration?.ObjectLockEnabled).toBe('Enabled');
    const again = await run(init);
    expect(again).toMatchObject({ exitCode: 1 });
    expect(again.stderr).toContain('there is a vault');
    expect(await run(['vault', 'init', './here', '--create-bucket'])).toMatchObject({
      exitCode: 2,
    });
  });

  test('wrong credentials, no bucket and no server are told apart', async () => {
    const vault = ['--vault', `s3://${bucket}/plain`];
    const denied = await run(['snapshots', ...vault], { AWS_SECRET_ACCESS_KEY: 'wrong' });
    expect(denied).toMatchObject({ exitCode: 1 });
    expect(denied.stderr).toMatch(/AccessDenied|SignatureDoesNotMatch/);
    const absent = await run(['snapshots', '--vault', 's3://no-such-bucket-here']);
    expect(absent).toMatchObject({ exitCode: 10 });
    const insecure = ['snapshots', ...vault, '--endpoint', 'http://192.0.2.1'];
    const refused = await run(insecure);
    expect(refused).toMatchObject({ exitCode: 1 });
    expect(refused.stderr).toContain('--insecure-http');
  });
});
