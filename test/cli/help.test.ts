import { expect, test } from 'vitest';
import { Home } from './support/program.ts';

const COMMANDS = [
  [],
  ['vault'],
  ['vault', 'init'],
  ['vault', 'add'],
  ['vault', 'list'],
  ['vault', 'use'],
  ['vault', 'show'],
  ['vault', 'remove'],
  ['backup'],
  ['restore'],
  ['snapshots'],
  ['ls'],
  ['cat'],
  ['find'],
  ['diff'],
  ['stats'],
  ['forget'],
  ['undelete'],
  ['prune'],
  ['tag'],
  ['rewrite'],
  ['copy'],
  ['status'],
  ['check'],
  ['drill'],
  ['repair'],
  ['repair', 'index'],
  ['repair', 'packs'],
  ['repair', 'snapshots'],
  ['repair', 'roots'],
  ['repair', 'records'],
  ['repair', 'objects'],
  ['completion'],
];

test('the help of every command is what is committed', async () => {
  await using home = await Home.make();
  const pages: string[] = [];
  for (const command of COMMANDS) {
    const { stdout, exitCode, stderr } = await home.run([...command, '--help']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    pages.push(`$ ${['cybs3', ...command, '--help'].join(' ')}\n${stdout}`);
  }
  await expect(pages.join('\n')).toMatchFileSnapshot('help.txt');
});

test('the version is that of the package', async () => {
  await using home = await Home.make();
  const { default: manifest } = await import('../../package.json', { with: { type: 'json' } });
  expect(await home.run(['--version'])).toMatchObject({ stdout: `${manifest.version}\n` });
});

test('no help mentions colour codes where stdout is no terminal', async () => {
  await using home = await Home.make();
  const { stdout } = await home.run(['--help'], { env: { NO_COLOR: '' } });
  expect(stdout).not.toContain('\x1B');
});
