/**
 * `cybs3 serve kms` as a process of its own.
 * @module
 */
import type { Home, RunOptions } from '../../../cli/support/program.ts';
import { addKeyOf, startServerProcess } from '../../support/server-process.ts';
import type { ServerProcess } from '../../support/server-process.ts';

export interface CliKey {
  readonly accessKeyId: string;
  readonly secret: string;
}

export function startKmsProcess(
  home: Home,
  argv: readonly string[],
  options: RunOptions = {},
): Promise<ServerProcess> {
  return startServerProcess(home, ['kms', ...argv], options);
}

/** Makes an access key as people do. */
export async function addKeyByCommand(
  home: Home,
  argv: readonly string[],
  name = 'test',
): Promise<CliKey> {
  const key = await addKeyOf(home, ['kms', ...argv, '--add-key', name]);
  return { accessKeyId: key.accessKeyId, secret: key.secretAccessKey };
}
