import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startS3 } from '../../support/start-s3.ts';
import type { TestS3 } from '../../support/start-s3.ts';
import { BIG_BYTES, digestOf, digestsOf, sampleTree } from './sample-tree.ts';
import { isInstalled, Shell } from './shell.ts';

describe.skipIf(!isInstalled('s3cmd'))('s3cmd', { timeout: 120_000 }, () => {
  let s3: TestS3;
  let shell: Shell;
  beforeAll(async () => {
    s3 = await startS3();
    shell = Shell.for(s3);
    sampleTree(shell.in('tree'));
    const where = `127.0.0.1:${s3.port}`;
    const settings = {
      access_key: s3.accessKeys.full.principal.accessKeyId,
      secret_key: s3.accessKeys.full.secret,
      host_base: where,
      host_bucket: where,
      use_https: 'False',
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
    shell.file('s3cfg', ['[default]', ...lines, ''].join('\n'));
    await s3cmd('mb', 's3://bucket');
  });
  afterAll(async () => {
    expect(s3.errors).toEqual([]);
    shell[Symbol.dispose]();
    await s3.stop();
  });

  const flags = ['-c', 's3cfg', '--no-progress'];
  const s3cmd = (...argv: string[]) => shell.done('s3cmd', ...flags, ...argv);

  test('sends a file in parts, and gets it back', async () => {
    await s3cmd('put', '--multipart-chunk-size-mb=5', 'tree/big', 's3://bucket/big');
    const info = await s3cmd('info', 's3://bucket/big');
    expect(info).toContain(`File size: ${BIG_BYTES}`);
    expect(info).toMatch(/SSE: +AES256/);
    await s3cmd('cp', 's3://bucket/big', 's3://bucket/copy');
    await s3cmd('mv', 's3://bucket/copy', 's3://bucket/moved');
    await s3cmd('get', 's3://bucket/moved', 'got');
    expect(digestOf(shell.in('got'))).toBe(digestOf(shell.in('tree', 'big')));
    expect(await s3cmd('info', 's3://bucket')).toMatch(/Location: +us-east-1/);
  });

  test('syncs a folder with odd names up and down, lists it and deletes it', async () => {
    await s3cmd('sync', 'tree/', 's3://bucket/tree/');
    await s3cmd('sync', 's3://bucket/tree/', 'back/');
    const digests = digestsOf(shell.in('tree'));
    expect(digestsOf(shell.in('back'))).toEqual(digests);
    const listed = await s3cmd('ls', '-r', 's3://bucket/tree/');
    expect(listed.split('\n')).toHaveLength(Object.keys(digests).length);
    await s3cmd('del', 's3://bucket/tree/sub/0.txt');
    await s3cmd('del', '-r', '--force', 's3://bucket/tree/');
    expect(await s3cmd('ls', '-r', 's3://bucket/tree/')).toBe('');
  });

  test('signs URLs by version 2 only, which is refused', async () => {
    const small = shell.file('small', 'signed');
    await s3cmd('put', small, 's3://bucket/small');
    const url = await s3cmd('signurl', 's3://bucket/small', '+600');
    const answer = await fetch(url);
    const text = await answer.text();
    if (url.includes('X-Amz-Signature')) return expect(text).toBe('signed');
    expect(answer.status).toBe(400);
    expect(text).toContain('Please use AWS4-HMAC-SHA256');
  });
});
