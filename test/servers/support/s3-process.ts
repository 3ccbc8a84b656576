/**
 * `cybs3 serve s3` as a process of its own.
 * @module
 */
import { writeFileSync } from 'node:fs';
import { S3Client } from '@aws-sdk/client-s3';
import type { Home, RunOptions } from '../../cli/support/program.ts';
import { addKeyOf, startServerProcess } from './server-process.ts';
import type { ProcessKey, ServerProcess } from './server-process.ts';

export function startS3Process(
  home: Home,
  argv: readonly string[],
  options: RunOptions = {},
): Promise<ServerProcess> {
  return startServerProcess(home, ['s3', ...argv], options);
}

/** Flags that name a data folder and a master key, which is made. */
export function s3Flags(home: Home, name = 's3'): string[] {
  const keyFile = home.in(`${name}.key`);
  writeFileSync(keyFile, Buffer.alloc(32, name).toString('hex'), { mode: 0o600 });
  return ['--data', home.in(name), '--master-key-file', keyFile];
}

/** Makes an access key as people do. */
export function addS3Key(
  home: Home,
  flags: readonly string[],
  name = 'test',
  wish: readonly string[] = ['--role', 'full'],
): Promise<ProcessKey> {
  return addKeyOf(home, ['s3', ...flags, '--add-key', name, ...wish]);
}

export function s3ClientOf(
  url: string,
  credentials: { readonly accessKeyId: string; readonly secretAccessKey: string },
): S3Client {
  return new S3Client({
    endpoint: url,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { ...credentials },
  });
}
