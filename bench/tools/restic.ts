/**
 * restic.
 * @module
 */
import { installedVersion } from './installed.ts';
import type { Command, Place, Tool } from './tool.ts';
import { cacheFolder } from './tool.ts';

export const restic: Tool = {
  name: 'restic',
  setup:
    'As it comes: repository format 2 where it is the default, compression auto, its cache kept ' +
    'from step to step. One file is fetched by `dump`, which is its quickest way.',
  version: () => installedVersion(['restic', 'version']),
  environment: (place) => ({
    RESTIC_PASSWORD: 'bench',
    RESTIC_REPOSITORY: repositoryOf(place),
    RESTIC_CACHE_DIR: `${cacheFolder(place)}/restic`,
    ...(place.s3 && {
      AWS_ACCESS_KEY_ID: place.s3.accessKey,
      AWS_SECRET_ACCESS_KEY: place.s3.secretKey,
      AWS_DEFAULT_REGION: place.s3.region,
    }),
  }),
  init: () => restic_('init'),
  backup: ({ source }) => restic_('backup', source),
  restore: ({ to }) => restic_('restore', 'latest', '--target', to),
  restoreOne: (_job, file) => restic_('dump', 'latest', file),
  list: () => restic_('ls', 'latest'),
  check: () => restic_('check'),
  prune: () => restic_('forget', '--keep-last', '1', '--prune'),
};

function restic_(...args: readonly string[]): Command {
  return { argv: ['restic', '--quiet', ...args] };
}

function repositoryOf({ directory, s3 }: Place): string {
  return s3 ? `s3:${s3.endpoint}/${s3.bucket}/${s3.prefix}` : directory;
}
