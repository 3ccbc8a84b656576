import { appendFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startS3 } from '../../support/start-s3.ts';
import { digestsOf, sampleTree } from './sample-tree.ts';
import { isInstalled, Shell } from './shell.ts';

test.skipIf(!isInstalled('restic'))(
  'restic keeps, checks, gives back and prunes',
  async () => {
    await using s3 = await startS3();
    using own = Shell.for(s3);
    const shell = own.with({
      RESTIC_REPOSITORY: `s3:${s3.url}/backups`,
      RESTIC_PASSWORD: 'test',
      RESTIC_CACHE_DIR: own.in('cache'),
    });
    const restic = (...argv: string[]) => shell.done('restic', ...argv);
    sampleTree(shell.in('tree'));
    await restic('init');
    await restic('backup', 'tree');
    appendFileSync(shell.in('tree', 'sub', '1.txt'), ' and more');
    await restic('backup', 'tree');
    await restic('restore', 'latest', '--target', 'back');
    expect(digestsOf(shell.in('back', 'tree'))).toEqual(digestsOf(shell.in('tree')));
    expect(await restic('check', '--read-data')).toContain('no errors were found');
    await restic('forget', '--keep-last', '1', '--prune');
    expect(await restic('check', '--read-data')).toContain('no errors were found');
    await restic('restore', 'latest', '--target', 'again');
    expect(digestsOf(shell.in('again', 'tree'))).toEqual(digestsOf(shell.in('tree')));
    expect(s3.errors).toEqual([]);
  },
  120_000,
);
