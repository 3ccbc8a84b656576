import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateCertificate } from '../../../../src/servers/certificate/generate-certificate.ts';
import { startS3 } from '../../support/start-s3.ts';
import type { TestS3 } from '../../support/start-s3.ts';
import { digestsOf, sampleTree } from './sample-tree.ts';
import { isInstalled, Shell } from './shell.ts';

describe.skipIf(!isInstalled('rclone'))('rclone', { timeout: 120_000 }, () => {
  let s3: TestS3;
  let shell: Shell;
  beforeAll(async () => {
    // It sends keys of customers over TLS only.
    const wish = { commonName: 'test', names: ['127.0.0.1'], days: 1 };
    const made = await generateCertificate({ ...wish, clock: Date.now, random: randomBytes });
    const { certPem, keyPem } = made;
    s3 = await startS3({ tls: { cert: Buffer.from(certPem), key: Buffer.from(keyPem) } });
    const own = Shell.for(s3);
    const { principal, secret } = s3.accessKeys.full;
    shell = own.with({
      RCLONE_CONFIG: own.file('rclone.conf', ''),
      RCLONE_CA_CERT: own.file('cert.pem', certPem),
      RCLONE_CONFIG_S_TYPE: 's3',
      RCLONE_CONFIG_S_PROVIDER: 'Other',
      RCLONE_CONFIG_S_ENDPOINT: s3.url,
      RCLONE_CONFIG_S_REGION: 'us-east-1',
      RCLONE_CONFIG_S_ACCESS_KEY_ID: principal.accessKeyId,
      RCLONE_CONFIG_S_SECRET_ACCESS_KEY: secret,
    });
    sampleTree(shell.in('tree'));
    writeFileSync(shell.in('tree', 'sub', 'tab\tand\nnewline\u007f'), 'control characters');
  });
  afterAll(async () => {
    expect(s3.errors).toEqual([]);
    await shell.done('rm', '-rf', shell.folder);
    await s3.stop();
  });

  const rclone = (...argv: string[]) => shell.done('rclone', ...argv);

  test('syncs a folder with odd names, copies it on the server, and checks it', async () => {
    await rclone('sync', 'tree', 's:bucket/tree');
    await rclone('check', 'tree', 's:bucket/tree');
    await rclone('check', '--download', 'tree', 's:bucket/tree');
    await rclone('copy', 's:bucket/tree', 's:bucket/copy');
    await rclone('check', 's:bucket/tree', 's:bucket/copy');
    await rclone('sync', 's:bucket/copy', 'back');
    expect(digestsOf(shell.in('back'))).toEqual(digestsOf(shell.in('tree')));
    writeFileSync(shell.in('back', 'sub', '0.txt'), 'File 0');
    const differs = await shell.run('rclone', 'check', 'back', 's:bucket/tree');
    expect(differs.stderr).toContain('sub/0.txt');
    expect(differs.exitCode).toBe(1);
    await rclone('purge', 's:bucket/copy');
    expect(await rclone('lsf', 's:bucket')).toBe('tree/');
  });

  test('has its files sealed with its own key, also in parts and when copied', async () => {
    const key = 'k'.repeat(32);
    const customer = ['--s3-sse-customer-algorithm', 'AES256', '--s3-sse-customer-key', key];
    const parts = ['--s3-chunk-size', '5M', '--s3-upload-cutoff', '5M'];
    await rclone('sync', ...customer, ...parts, 'tree', 's:sealed/tree');
    await rclone('check', '--download', ...customer, 'tree', 's:sealed/tree');
    await rclone('copy', ...customer, 's:sealed/tree/sub', 's:sealed/sub');
    await rclone('check', '--download', ...customer, 'tree/sub', 's:sealed/sub');
    const few = ['--retries', '1', '--low-level-retries', '1'];
    const without = await shell.run('rclone', 'cat', ...few, 's:sealed/sub/1.txt');
    expect(without.stdout).toBe('');
  });
});
