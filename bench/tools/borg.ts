/**
 * BorgBackup 1.x. It has no object storage.
 * @module
 */
import { installedVersion } from './installed.ts';
import type { Command, Tool } from './tool.ts';
import { cacheFolder } from './tool.ts';

/** @param compression as `borg create --compression` takes it */
export function createBorg(name: string, compression: string): Tool {
  return {
    name,
    setup:
      `repokey-blake2, compression ${compression}; sparse restore where the data has holes; ` +
      'check is `--archives-only`, which like the others reads no file contents; prune is ' +
      '`prune --keep-last 1` and `compact`.',
    version: () => installedVersion(['borg', '--version']),
    cannot: (target) => (target === 'directory' ? undefined : 'borg 1.x has no S3'),
    environment: (place) => ({
      BORG_PASSPHRASE: 'bench',
      BORG_BASE_DIR: `${place.work}/borg`,
      BORG_CACHE_DIR: `${cacheFolder(place)}/borg`,
      BORG_REPO: place.directory,
      BORG_RELOCATED_REPO_ACCESS_IS_OK: 'yes',
    }),
    init: () => borg('init', '-e', 'repokey-blake2'),
    backup: ({ snapshot, source }) => borg('create', '-C', compression, `::${snapshot}`, source),
    restore: ({ snapshot, to, sparse }) => ({
      ...borg('extract', ...(sparse ? ['--sparse'] : []), `::${snapshot}`),
      cwd: to,
    }),
    // Paths in an archive have no leading slash.
    restoreOne: ({ snapshot, to }, file) => ({
      ...borg('extract', `::${snapshot}`, file.slice(1)),
      cwd: to,
    }),
    list: ({ snapshot }) => borg('list', '--short', `::${snapshot}`),
    check: () => borg('check', '--archives-only'),
    prune: () => ({ argv: ['sh', '-ec', 'borg prune --keep-last 1; borg compact'] }),
  };
}

function borg(...args: readonly string[]): Command {
  return { argv: ['borg', ...args] };
}
