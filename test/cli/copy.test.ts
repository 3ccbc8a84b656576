import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { addCopy } from '../../src/cli/commands/keep/copy.ts';
import { DirectoryStore } from '../../src/store/directory.ts';
import { listSnapshots } from '../../src/vault/snapshots.ts';
import { OTHER_WORDS, otherVault, reopenOther } from '../jobs/copy/copy-vaults.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { backUp, flip, keysUnder, newVault, WORDS } from '../support/test-vault.ts';
import { tree } from '../support/tree.ts';
import { runHere } from './support/run-here.ts';

const folder = temporaryFolder();
const place = join(folder, 'vault');
const [words, otherWords] = [join(folder, 'words'), join(folder, 'other-words')];

beforeAll(async () => {
  writeFileSync(words, WORDS, { mode: 0o600 });
  writeFileSync(otherWords, OTHER_WORDS, { mode: 0o600 });
  const files = tree(join(folder, 'files'), { 'a.txt': 'one', 'b.txt': 'two' });
  const vault = await newVault(new DirectoryStore(place));
  await backUp(vault, [files], { tags: ['first'] });
  await backUp(vault, [files], { tags: ['second'] });
});

const run = (...argv: string[]) =>
  runHere([addCopy], folder, ['copy', ...argv, '--vault', place, '--mnemonic-file', words]);

async function empty(name: string): Promise<string> {
  await otherVault(new DirectoryStore(join(folder, name)));
  return join(folder, name);
}

describe('cybs3 copy', () => {
  test('copies into a vault of other words, and finds nothing to do the second time', async () => {
    const to = ['--to', await empty('other'), '--to-mnemonic-file', otherWords];
    const dry = await run(...to, '--dry-run');
    expect(dry.stdout).toMatch(/would be copied: up to \d+ B in 2 chunks\n/);
    expect(dry.stdout).toMatch(/\n2 snapshots would be copied\nup to \d+ B to read, /);
    const first = await run(...to);
    expect(first).toMatchObject({ exitCode: 0, stderr: '' });
    expect(first.stdout).toMatch(/^snapshot [0-9a-f]{8} of testhost, .*, is [0-9a-f]{8} there: /);
    expect(first.stdout).toMatch(/\n2 snapshots copied\n/);
    const second = await run(...to, '--verbose');
    expect(second.exitCode).toBe(0);
    expect(second.stdout).toMatch(/, is there as [0-9a-f]{8} already\n/);
    expect(second.stdout).toMatch(/\n0 snapshots copied, 2 there already\n0 B read, 0 B sent, /);
  });

  test('copies only what is named or fits, and tells programs in JSON', async () => {
    const place2 = await empty('some');
    const to = ['--to', place2, '--to-mnemonic-file', otherWords];
    const { stdout } = await run(...to, '--json', '--tag', 'second');
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.at(-1)).toMatchObject({ schema: 'cybs3/v1', type: 'summary', copied: 1 });
    const vault = await reopenOther(new DirectoryStore(place2));
    expect((await listSnapshots(vault)).map(({ snapshot }) => snapshot.tags)).toEqual([['second']]);
  });

  test('tries the same words where no others are given, and says whose are wrong', async () => {
    const same = join(folder, 'same');
    await newVault(new DirectoryStore(same));
    expect((await run('--to', same)).exitCode).toBe(0);
    await expect(run('--to', await empty('wrong'))).rejects.toMatchObject({
      code: 'keys/wrong',
      message: expect.stringMatching(/^the vault to copy into: /) as string,
      hint: expect.stringContaining('--to-mnemonic-file') as string,
    });
  });

  test('needs a second vault, and another one', async () => {
    await expect(run()).rejects.toMatchObject({ code: 'usage', hint: 'give it with --to' });
    await expect(run('--to', place)).rejects.toMatchObject({ code: 'usage' });
  });

  test('ends with 13 where snapshots are damaged, and names them', async () => {
    const store = new DirectoryStore(place);
    const [pack = ''] = await keysUnder(store, 'data/');
    await flip(store, pack, 120);
    const to = ['--to', await empty('damaged'), '--to-mnemonic-file', otherWords];
    const { exitCode, stdout, stderr } = await run(...to);
    expect(exitCode).toBe(13);
    expect(stderr).toMatch(/cybs3: error: snapshot [0-9a-f]{32}: it is not copied: data\//);
    expect(stdout).toMatch(/^0 snapshots copied, 2 damaged and not copied\n/);
    await flip(store, pack, 120);
  });
});
