import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { mkdir, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lockedBucket, versionsIn } from '../store/locked-bucket.ts';
import { freshBucket, rgw, witness, withoutRgw } from '../store/rgw.ts';
import { Home, type RunResult } from './support/program.ts';

let home: Home;
const env = {
  AWS_ACCESS_KEY_ID: rgw.keys.accessKeyId,
  AWS_SECRET_ACCESS_KEY: rgw.keys.secretAccessKey,
  AWS_REGION: 'us-east-1',
  CYBS3_ENDPOINT: rgw.endpoint,
};

beforeAll(async () => {
  home = await Home.make();
  await mkdir(home.in('src'));
  await writeFile(home.in('src', 'a.txt'), 'hello');
  await home.wordsFile();
});
afterAll(async () => home[Symbol.asyncDispose]());

function run(...argv: string[]): Promise<RunResult> {
  return home.run([...argv, '--mnemonic-file', 'words.txt'], { env });
}

describe('`vault init --lock`', () => {
  test('wants to know for how long', async () => {
    const init = await run('vault', 'init', 'folder', '--lock', 'compliance');
    expect(init).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--lock-days') });
    const days = await run('vault', 'init', 'folder', '--lock-days', '7');
    expect(days).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--lock') });
  });

  test.each(['0', '-1', '1.5', 'week', '36501'])('refuses %s days', async (days) => {
    const init = await run('vault', 'init', 'folder', '--lock', 'compliance', '--lock-days', days);
    expect(init).toMatchObject({ exitCode: 2, stdout: '' });
  });

  test('is refused for a folder', async () => {
    const init = await run('vault', 'init', 'folder', '--lock', 'governance', '--lock-days', '7');
    expect(init).toMatchObject({ exitCode: 2, stdout: '' });
    expect(init.stderr).toContain('S3 bucket');
  });
});

describe.skipIf(withoutRgw)('`vault init --lock` on S3', () => {
  const lock = ['--lock', 'governance', '--lock-days', '7'];

  test('says what to do where the bucket has no Object Lock', async () => {
    const bucket = await freshBucket();
    const init = await run('vault', 'init', `s3://${bucket}/v`, ...lock);
    expect(init).toMatchObject({ exitCode: 2, stdout: '' });
    expect(init.stderr).toMatch(/no Object Lock\n.*hint: make a new bucket/);
    expect(await versionsIn(bucket)).toEqual([]);
  });

  test('makes a vault of which every object is locked, also by later backups', async () => {
    const bucket = await lockedBucket();
    const vault = `s3://${bucket}/v`;
    expect(await run('vault', 'init', vault, ...lock)).toMatchObject({ exitCode: 0 });
    expect(await run('backup', 'src', '--vault', vault)).toMatchObject({ exitCode: 0 });
    const versions = await versionsIn(bucket);
    expect(versions.length).toBeGreaterThanOrEqual(6);
    for (const { Key, VersionId, isMarker } of versions) {
      expect(isMarker).toBe(false);
      const head = new HeadObjectCommand({ Bucket: bucket, Key, VersionId });
      const { ObjectLockMode, ObjectLockRetainUntilDate: until } = await witness().send(head);
      expect(ObjectLockMode, Key).toBe('GOVERNANCE');
      expect((until?.getTime() ?? 0) - Date.now(), Key).toBeGreaterThan(6.9 * 86_400_000);
    }
    const shown = await run('cat', `latest:${home.in('src', 'a.txt')}`, '--vault', vault);
    expect(shown).toMatchObject({ exitCode: 0, stdout: 'hello' });
  });

  test('does not take a place where another vault is only hidden', async () => {
    const bucket = await lockedBucket();
    const vault = `s3://${bucket}/v`;
    await run('vault', 'init', vault, ...lock);
    const { hideAll } = await import('../store/attack.ts');
    const keys = (await versionsIn(bucket)).map(({ Key }) => Key);
    await hideAll(witness(), bucket, keys);
    const again = await run('vault', 'init', vault, ...lock);
    expect(again.exitCode).toBe(1);
    expect(again.stderr).toContain('still has it hidden');
  });
});
