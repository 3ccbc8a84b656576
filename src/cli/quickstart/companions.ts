/**
 * Our own S3 server, with our own KMS behind it, as child processes of the real program: what the quickstart backs up
 * into, encrypted a second time there.
 * @module
 */
import { join } from 'node:path';
import { Closers } from '../../servers/http/closers.ts';
import { outputOf } from './run-program.ts';
import { newAccessKey, startServer } from './server-program.ts';

const KMS_KEY = 'alias/quickstart';

export interface Companions extends AsyncDisposable {
  /** Of the S3 server. */
  readonly endpoint: string;
  /** `AWS_…`: an access key of the S3 server. */
  readonly env: Readonly<Record<string, string>>;
  /** Commands that start both again, for whoever wants to look around. */
  readonly startAgain: readonly string[];
}

/** @param place a folder for their data and keys */
export async function startCompanions(place: string): Promise<Companions> {
  await using opened = new Closers();
  const kms = serverArgs('kms', place);
  const s3 = serverArgs('s3', place);
  await outputOf(['serve', 'generate-key', join(place, 'kms.key')]);
  await outputOf(['serve', 'generate-key', join(place, 's3.key')]);
  await outputOf([...kms, '--create-key', KMS_KEY]);
  const limits = ['--allow-key', KMS_KEY, '--allow-operation', 'GenerateDataKey,Decrypt'];
  const kmsKey = await newAccessKey([...kms, '--add-key', 's3-server', ...limits]);
  const access = await newAccessKey([...s3, '--add-key', 'quickstart', '--role', 'full']);
  const kmsUrl = await start([...kms, '--port', '0'], {}, opened);
  const withKms = [...s3, '--kms-endpoint', kmsUrl, '--kms-key-id', KMS_KEY];
  const kmsEnv = {
    CYBS3_KMS_ACCESS_KEY_ID: kmsKey.accessKeyId,
    CYBS3_KMS_SECRET_ACCESS_KEY: kmsKey.secretAccessKey,
  };
  const endpoint = await start([...withKms, '--port', '0'], kmsEnv, opened);
  const env = {
    AWS_ACCESS_KEY_ID: access.accessKeyId,
    AWS_SECRET_ACCESS_KEY: access.secretAccessKey,
  };
  const program = 'node bin/cybs3.js';
  const secrets = Object.entries(kmsEnv).map(([name, value]) => `${name}=${value}`);
  const startAgain = [
    [program, ...kms, '--port', portOf(kmsUrl)].join(' '),
    [...secrets, program, ...withKms, '--port', portOf(endpoint)].join(' '),
  ];
  const running = opened.release();
  return { endpoint, env, startAgain, [Symbol.asyncDispose]: () => running.close() };
}

function serverArgs(which: 'kms' | 's3', place: string): string[] {
  const keyFile = join(place, `${which}.key`);
  return ['serve', which, '--data', join(place, which), '--master-key-file', keyFile];
}

function portOf(url: string): string {
  return new URL(url).port;
}

/** @returns where it listens */
async function start(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  opened: Closers,
): Promise<string> {
  const { url, stop } = await startServer(argv, { env });
  opened.add(stop);
  return url;
}
