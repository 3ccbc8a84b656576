/** Backups that a stolen host cannot wipe: restic and cybs3 with a write-once key. */
import { appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { beforeEach, afterEach, describe, expect, test } from 'vitest';
import { PROGRAM, WORDS } from '../../../cli/support/program.ts';
import { startS3 } from '../../support/start-s3.ts';
import type { TestS3 } from '../../support/start-s3.ts';
import { digestsOf, sampleTree } from './sample-tree.ts';
import { isInstalled, Shell } from './shell.ts';

const timeout = 120_000;
const Bucket = 'backups';

let s3: TestS3;
let owner: Shell;

beforeEach(async () => {
  s3 = await startS3();
  owner = Shell.for(s3).with({
    RESTIC_REPOSITORY: `s3:${s3.url}/${Bucket}`,
    RESTIC_PASSWORD: 'x',
    // As for all runs of the program by tests: none of them need compile the source again.
    NODE_COMPILE_CACHE: join(tmpdir(), 'cybs3-test-compile-cache'),
  });
  sampleTree(owner.in('tree'));
});
afterEach(async () => {
  expect(s3.errors).toEqual([]);
  await owner.done('rm', '-rf', owner.folder);
  await s3.stop();
});

/** What is stored, by key. */
async function stored(): Promise<Map<string, string>> {
  const { Versions = [] } = await s3.client().send(new ListObjectVersionsCommand({ Bucket }));
  return new Map(Versions.map(({ Key = '', ETag = '' }) => [Key, ETag]));
}

function expectKept(before: Map<string, string>, after: Map<string, string>): void {
  for (const [key, etag] of before) expect([key, after.get(key)]).toEqual([key, etag]);
}

describe.skipIf(!isInstalled('restic'))('restic', { timeout }, () => {
  /** It saves, and then tries for a minute and a half to remove its lock, which it cannot. */
  async function backup(shell: Shell): Promise<void> {
    const child = shell.start('restic', ['backup', 'tree']);
    const hasSaved = new Promise<boolean>((resolve) => {
      let text = '';
      child.stdout.on('data', (more: Buffer) => {
        text += more.toString();
        if (/^snapshot [0-9a-f]+ saved$/m.test(text)) resolve(true);
      });
      void child.then(() => resolve(/^snapshot [0-9a-f]+ saved$/m.test(text)));
    });
    expect(await hasSaved).toBe(true);
    child.kill('SIGKILL');
    await child;
  }

  test('adds backups, wipes none, and leaves its locks for the owner to remove', async () => {
    const writer = owner.as(s3, 'write-once');
    await owner.done('restic', 'init');
    await backup(writer);
    appendFileSync(owner.in('tree', 'sub', '1.txt'), ' and more');
    const first = await stored();
    await backup(writer);
    expectKept(first, await stored());
    const restic = ['--no-lock', 'restore', 'latest', '--target', 'back'];
    await writer.done('restic', ...restic);
    expect(digestsOf(owner.in('back', 'tree'))).toEqual(digestsOf(owner.in('tree')));
    const both = await stored();
    const forget = ['forget', '--keep-last', '1', '--prune'];
    expect(await writer.run('restic', ...forget)).toMatchObject({ exitCode: 1 });
    expectKept(both, await stored());
    await owner.done('restic', 'unlock', '--remove-all');
    expect(await owner.done('restic', 'check', '--read-data')).toContain('no errors were found');
    const ids = await owner.done('restic', 'list', 'snapshots');
    expect(ids.split('\n')).toHaveLength(2);
  });
});

describe('cybs3', { timeout }, () => {
  test('backs up, checks and restores; what it forgets, the owner takes back', async () => {
    await s3.client().send(new CreateBucketCommand({ Bucket }));
    const words = owner.file('words', `${WORDS}\n`);
    await owner.done('chmod', '600', words);
    const vault = `s3://${Bucket}/vault`;
    const where = ['--endpoint', s3.url, '--region', 'us-east-1', '--mnemonic-file', words];
    const flags = ['--vault', vault, ...where];
    const writer = owner.as(s3, 'write-once');
    const [node = '', script = ''] = PROGRAM;
    const cybs3 = (shell: Shell, ...argv: string[]) => shell.done(node, script, ...argv);
    await cybs3(owner, 'vault', 'init', vault, ...where);
    await cybs3(writer, 'backup', 'tree', ...flags);
    appendFileSync(owner.in('tree', 'sub', '1.txt'), ' and more');
    const first = await stored();
    await cybs3(writer, 'backup', 'tree', ...flags);
    await cybs3(writer, 'check', ...flags);
    await cybs3(writer, 'forget', '--keep-last', '1', ...flags);
    const prune = ['prune', '--grace', '0', '--max-unused', '0', ...flags];
    await cybs3(writer, ...prune);
    // What the first condemned, the second would delete.
    const second = await writer.run(node, script, ...prune);
    expect(second.stderr).toMatch(/could not delete .* AccessDenied/);
    expectKept(first, await stored());
    await cybs3(owner, 'undelete', '--all', ...flags);
    const { length } = (await cybs3(owner, 'snapshots', '--json', ...flags)).match(/"id":/g) ?? [];
    expect(length).toBe(2);
    await cybs3(owner, 'check', '--read-data', ...flags);
    await cybs3(owner, 'restore', 'latest', '--to', 'back', ...flags);
    const restored = owner.in('back', owner.in('tree').slice(1));
    expect(digestsOf(restored)).toEqual(digestsOf(owner.in('tree')));
  });
});
