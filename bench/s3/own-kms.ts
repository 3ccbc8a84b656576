/**
 * Our own KMS, for our own S3 server.
 * @module
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { outputOf } from '../../src/cli/quickstart/run-program.ts';
import { newAccessKey, startServer } from '../../src/cli/quickstart/server-program.ts';

const KEY = 'alias/bench';

export interface OwnKms {
  /** What the S3 server is started with. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
}

/** @param bin a built `bin/cybs3.js` */
export async function startOwnKms(bin: string, folder: string): Promise<OwnKms> {
  mkdirSync(folder, { recursive: true });
  const keyFile = join(folder, 'master.key');
  await outputOf(['serve', 'generate-key', keyFile], bin);
  const argv = ['serve', 'kms', '--data', join(folder, 'data'), '--master-key-file', keyFile];
  await outputOf([...argv, '--create-key', KEY], bin);
  const key = await newAccessKey([...argv, '--add-key', 'bench'], bin);
  const { url, stop } = await startServer([...argv, '--port', '0'], { program: bin });
  return {
    argv: ['--kms-endpoint', url, '--kms-key-id', KEY],
    env: {
      CYBS3_KMS_ACCESS_KEY_ID: key.accessKeyId,
      CYBS3_KMS_SECRET_ACCESS_KEY: key.secretAccessKey,
    },
    stop,
  };
}
