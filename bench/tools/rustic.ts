/**
 * rustic. It was not to be had where the bench was written: these command lines follow its manual and have not
 * been run.
 * @module
 */
import { installedVersion } from './installed.ts';
import type { Command, Tool } from './tool.ts';
import { cacheFolder } from './tool.ts';

export const rustic: Tool = {
  name: 'rustic',
  setup: 'As it comes, on a directory. Its command lines in the bench have not been run yet.',
  version: () => installedVersion(['rustic', '--version']),
  cannot: (target) =>
    target === 'directory' ? undefined : 'the bench does not set up its S3 backend yet',
  environment: (place) => ({
    RUSTIC_PASSWORD: 'bench',
    RUSTIC_REPOSITORY: place.directory,
    RUSTIC_CACHE_DIR: `${cacheFolder(place)}/rustic`,
    RUSTIC_NO_PROGRESS: 'true',
  }),
  init: () => command('init'),
  backup: ({ source }) => command('backup', source),
  restore: ({ to }) => command('restore', 'latest', to),
  restoreOne: (_job, file) => command('dump', `latest:${file}`),
  list: () => command('ls', 'latest'),
  check: () => command('check'),
  prune: () => command('forget', '--keep-last', '1', '--prune'),
};

function command(...args: readonly string[]): Command {
  return { argv: ['rustic', ...args] };
}
