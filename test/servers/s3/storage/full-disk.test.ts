/**
 * A disk that is really full: a small one in memory, mounted in a namespace of its own. Skipped where the system does
 * not let us.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freshFolder } from '../catalog/catalog-fixture.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const parent = temporaryFolder();
const script = join(import.meta.dirname, 'fill-disk.ts');

const canMount =
  spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', '-o', 'size=1m', 'disk', '/mnt']).status ===
  0;

interface Report {
  readonly stored: number;
  readonly refusal: string;
  readonly listed: number;
  readonly files: number;
  readonly whole: number;
  readonly again: string;
}

function fill(objectBytes: number, reserveBytes: number): Report {
  const folder = freshFolder(parent);
  const command = 'mount -t tmpfs -o size=12m disk "$0" && exec "$@"';
  const program = [process.execPath, script, folder, String(objectBytes), String(reserveBytes)];
  const args = ['-rm', 'sh', '-c', command, folder, ...program];
  return JSON.parse(execFileSync('unshare', args, { encoding: 'utf8' })) as Report;
}

describe.skipIf(!canMount)('a full disk', () => {
  it.each([
    ['files', 700_000],
    ['small objects in the catalog', 9000],
  ])('is answered with InsufficientStorage, nothing is lost: %s', (_, size) => {
    const report = fill(size, 2 * 2 ** 20);
    expect(report.stored).toBeGreaterThan(3);
    expect(report).toEqual({
      stored: report.stored,
      refusal: 'InsufficientStorage',
      listed: report.stored,
      files: size > 100_000 ? report.stored : 0,
      whole: report.stored,
      again: 'stored',
    });
  });

  it('leaves nothing of a file that did not fit, though nothing was kept free', () => {
    const report = fill(900_000, 0);
    expect(report.refusal).toBe('InsufficientStorage');
    expect(report.files).toBe(report.stored);
    expect(report.whole).toBe(report.stored);
  });
});
