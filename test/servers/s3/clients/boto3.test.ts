import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startS3 } from '../../support/start-s3.ts';
import { Shell } from './shell.ts';

const PYTHON = '/usr/bin/python3';
const script = fileURLToPath(new URL('boto3-s3.py', import.meta.url));
const withoutBoto3 = spawnSync(PYTHON, ['-c', 'import boto3']).status !== 0;

test.skipIf(withoutBoto3)(
  'boto3 works with the server as with S3 of AWS',
  async () => {
    await using s3 = await startS3();
    using shell = Shell.for(s3);
    const ran = await shell.run(PYTHON, script, s3.url);
    expect(ran.stderr).toBe('');
    expect(ran.stdout).toBe('all is well');
    expect(s3.errors).toEqual([]);
  },
  120_000,
);
