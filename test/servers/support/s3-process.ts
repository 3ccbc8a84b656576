/**
 * `cybs3 serve s3` as a process of its own, to be talked to, told to stop, and killed.
 * @module
 */
import { writeFileSync } from 'node:fs';
import { S3Client } from '@aws-sdk/client-s3';
import type { Home, RunOptions, RunResult } from '../../cli/support/program.ts';

export interface S3Process {
  readonly url: string;
  readonly monitorUrl: string | undefined;
  readonly stderr: () => string;
  /** Ends it, by default in good order, and waits. */
  stop(signal?: NodeJS.Signals): Promise<RunResult & { readonly signal: string | undefined }>;
}

/**
 * Resolves when it listens.
 * @throws Error with what it wrote to stderr where it ends instead
 */
export async function startS3Process(
  home: Home,
  argv: readonly string[],
  options: RunOptions = {},
): Promise<S3Process> {
  const child = home.start(['serve', 's3', '--port', '0', ...argv], options);
  let [stdout, stderr] = ['', ''];
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (text: Buffer) => {
      stdout += text.toString();
      const found = /^(?:listening on |.*"url":")(https?:\/\/[^\s"]+)/m.exec(stdout)?.[1];
      if (found !== undefined && stdout.endsWith('\n')) resolve(found);
    });
    void child.then(() => reject(new Error(`the server ended: ${stderr}`)));
  });
  return {
    url,
    monitorUrl: /"monitorUrl":"([^"]+)"/.exec(stdout)?.[1],
    stderr: () => stderr,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      const ended = await child;
      return { stdout, stderr, exitCode: ended.exitCode, signal: ended.signal };
    },
  };
}

/** Flags that name a data folder and a master key, which is made. */
export function s3Flags(home: Home, name = 's3'): string[] {
  const keyFile = home.in(`${name}.key`);
  writeFileSync(keyFile, Buffer.alloc(32, name).toString('hex'), { mode: 0o600 });
  return ['--data', home.in(name), '--master-key-file', keyFile];
}

/** Makes an access key as people do. */
export async function addS3Key(
  home: Home,
  flags: readonly string[],
  name = 'test',
  wish: readonly string[] = ['--role', 'full'],
): Promise<{ readonly accessKeyId: string; readonly secretAccessKey: string }> {
  const { stdout, stderr } = await home.run(['serve', 's3', ...flags, '--add-key', name, ...wish]);
  const found = /^AWS_ACCESS_KEY_ID=(\S+)\nAWS_SECRET_ACCESS_KEY=(\S+)\n$/.exec(stdout);
  const [, accessKeyId, secretAccessKey] = found ?? [];
  if (!accessKeyId || !secretAccessKey) throw new Error(`no access key was made: ${stderr}`);
  return { accessKeyId, secretAccessKey };
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
