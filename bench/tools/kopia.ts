/**
 * kopia. It was not to be had where the bench was written: these command lines follow its manual and have not
 * been run. Restoring and listing need the id of a snapshot first and are left out until somebody can try them.
 * @module
 */
import { installedVersion } from './installed.ts';
import type { Command, Place, Tool } from './tool.ts';
import { cacheFolder } from './tool.ts';

export const kopia: Tool = {
  name: 'kopia',
  setup:
    'As it comes. Its command lines in the bench have not been run yet; backup and check only.',
  version: () => installedVersion(['kopia', '--version']),
  environment: (place) => ({
    KOPIA_PASSWORD: 'bench',
    KOPIA_CONFIG_PATH: `${place.work}/kopia.config`,
    KOPIA_CACHE_DIRECTORY: `${cacheFolder(place)}/kopia`,
    KOPIA_LOG_DIR: `${place.work}/logs`,
    KOPIA_CHECK_FOR_UPDATES: 'false',
    ...(place.s3 && {
      AWS_ACCESS_KEY_ID: place.s3.accessKey,
      AWS_SECRET_ACCESS_KEY: place.s3.secretKey,
    }),
  }),
  init: (place) => command('repository', 'create', ...storage(place)),
  backup: ({ source }) => command('snapshot', 'create', source),
  check: () => command('snapshot', 'verify'),
};

function command(...args: readonly string[]): Command {
  return { argv: ['kopia', ...args] };
}

function storage({ directory, s3 }: Place): string[] {
  if (!s3) return ['filesystem', '--path', directory];
  const { host, protocol } = new URL(s3.endpoint);
  const tls = protocol === 'http:' ? ['--disable-tls'] : [];
  const names = ['--bucket', s3.bucket, '--prefix', `${s3.prefix}/`, '--region', s3.region];
  return ['s3', '--endpoint', host, ...tls, ...names];
}
