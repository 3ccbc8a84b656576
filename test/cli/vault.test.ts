import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parseMnemonic } from '../../src/crypto/mnemonic.ts';
import { Home, OTHER_WORDS, WORDS } from './support/program.ts';

test('init writes the words alone to stdout where that is no terminal', async () => {
  await using home = await Home.make();
  const { stdout, stderr, exitCode } = await home.run(['vault', 'init', 'v']);
  expect(exitCode).toBe(0);
  expect(stdout.split('\n')).toHaveLength(2);
  expect(parseMnemonic(stdout).split(' ')).toHaveLength(12);
  expect(stderr).toContain(`ready at ${home.in('v')}`);
  expect(existsSync(home.in('v', 'vault.json'))).toBe(true);
});

test.each(['15', '18', '21', '24'])('init makes %s words when asked to', async (count) => {
  await using home = await Home.make();
  const { stdout } = await home.run(['vault', 'init', 'v', '--words', count]);
  expect(parseMnemonic(stdout).split(' ')).toHaveLength(Number(count));
});

test.skipIf(process.platform === 'win32')(
  'a file that stdout is redirected to can be used as words file at once',
  async () => {
    await using home = await Home.make();
    const { openSync, closeSync } = await import('node:fs');
    const { spawnSync } = await import('node:child_process');
    const { PROGRAM } = await import('./support/program.ts');
    const fd = openSync(home.in('w.txt'), 'w', 0o644);
    const [node = '', script = ''] = PROGRAM;
    spawnSync(node, [script, 'vault', 'init', home.in('v')], {
      stdio: ['ignore', fd, 'ignore'],
      env: home.env,
    });
    closeSync(fd);
    expect((await stat(home.in('w.txt'))).mode & 0o777).toBe(0o600);
    const flags = ['--vault', home.in('v'), '--mnemonic-file', home.in('w.txt')];
    expect(await home.run(['check', ...flags])).toMatchObject({ exitCode: 0 });
  },
);

test('init with a mnemonic file uses those words and prints none', async () => {
  await using home = await Home.make();
  const words = await home.wordsFile();
  const made = await home.run(['vault', 'init', 'v', '--mnemonic-file', words]);
  expect(made).toMatchObject({ exitCode: 0, stdout: '' });
  const opened = await home.run(['snapshots', '--vault', './v', '--mnemonic-file', words]);
  expect(opened).toMatchObject({ exitCode: 0 });
});

test('init does not take words from the environment, which is for opening', async () => {
  await using home = await Home.make();
  const env = { CYBS3_MNEMONIC: WORDS };
  const { stdout } = await home.run(['vault', 'init', 'v'], { env });
  expect(parseMnemonic(stdout)).not.toBe(WORDS);
});

test('init refuses a place that holds a vault, and prints no words', async () => {
  await using home = await Home.make();
  await home.vault('v');
  const before = await readdir(home.in('v'), { recursive: true });
  const again = await home.run(['vault', 'init', 'v']);
  expect(again).toMatchObject({ exitCode: 1, stdout: '' });
  expect(again.stderr).toContain('there is a vault at');
  expect(await readdir(home.in('v'), { recursive: true })).toEqual(before);
});

test('init refuses a folder that holds anything else', async () => {
  await using home = await Home.make();
  await mkdir(home.in('v'));
  await writeFile(home.in('v', 'letter.txt'), 'dear');
  const made = await home.run(['vault', 'init', 'v']);
  expect(made).toMatchObject({ exitCode: 1, stdout: '' });
  expect(made.stderr).toContain('is not empty');
});

test('init with --json gives one document that has the words', async () => {
  await using home = await Home.make();
  const { stdout, stderr } = await home.run(['vault', 'init', 'v', '--json']);
  const document = JSON.parse(stdout) as Record<string, string>;
  expect(document).toMatchObject({ schema: 'cybs3/v1', type: 'vault', location: home.in('v') });
  expect(parseMnemonic(document['mnemonic'] ?? '').split(' ')).toHaveLength(12);
  expect(stderr).toBe('');
});

test('a BIP39 passphrase is part of the key', async () => {
  await using home = await Home.make();
  const words = await home.wordsFile();
  const passphrase = await home.wordsFile(' two  spaces ', 'pass');
  const unlock = ['--mnemonic-file', words, '--passphrase-file', passphrase];
  expect(await home.run(['vault', 'init', 'v', ...unlock])).toMatchObject({ exitCode: 0 });
  const opened = await home.run(['snapshots', '--vault', './v', ...unlock]);
  expect(opened).toMatchObject({ exitCode: 0 });
  const without = await home.run(['snapshots', '--vault', './v', '--mnemonic-file', words]);
  expect(without).toMatchObject({ exitCode: 12 });
});

test('vaults are saved by name; the first one is the default', async () => {
  await using home = await Home.make();
  const words = await home.wordsFile();
  const made = await home.run(['vault', 'init', 'a', '--name', 'home', '--mnemonic-file', words]);
  expect(made.exitCode).toBe(0);
  const added = await home.run([
    'vault',
    'add',
    'away',
    's3://bucket/prefix',
    '--region',
    'mars-1',
  ]);
  expect(added.exitCode).toBe(0);
  const { stdout } = await home.run(['vault', 'list', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    vaults: [
      { name: 'away', location: 's3://bucket/prefix', isDefault: false },
      { name: 'home', location: home.in('a'), isDefault: true },
    ],
  });
  const shown = await home.run(['vault', 'show', 'away']);
  expect(shown.stdout).toMatch(/region +mars-1/);
  const opened = await home.run(['snapshots', '--mnemonic-file', words]);
  expect(opened).toMatchObject({ exitCode: 0 });
  expect(await home.run(['vault', 'use', 'away'])).toMatchObject({ exitCode: 0 });
  expect((await home.run(['vault', 'list'])).stdout).toMatch(/^\* +away/m);
  expect(await home.run(['vault', 'remove', 'away'])).toMatchObject({ exitCode: 0 });
  expect((await home.run(['vault', 'list'])).stdout).not.toContain('away');
  expect(existsSync(home.in('a', 'vault.json'))).toBe(true);
});

test('a name is used once, and one that is not saved is refused with those that are', async () => {
  await using home = await Home.make();
  await home.run(['vault', 'add', 'one', '/somewhere']);
  const twice = await home.run(['vault', 'add', 'one', '/elsewhere']);
  expect(twice).toMatchObject({ exitCode: 2 });
  const unknown = await home.run(['snapshots', '--vault', 'two']);
  expect(unknown).toMatchObject({ exitCode: 2 });
  expect(unknown.stderr).toContain('saved are: one');
});

test('a taken name is refused before a vault is made', async () => {
  await using home = await Home.make();
  await home.run(['vault', 'add', 'one', '/somewhere']);
  const made = await home.run(['vault', 'init', 'v', '--name', 'one']);
  expect(made).toMatchObject({ exitCode: 2, stdout: '' });
  expect(existsSync(home.in('v'))).toBe(false);
});

test('the settings file is readable for its owner only and holds no words', async () => {
  await using home = await Home.make();
  const words = await home.wordsFile(OTHER_WORDS);
  await home.run(['vault', 'init', 'v', '--name', 'x', '--mnemonic-file', words]);
  const file = home.in('config', 'config.json');
  if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readFile(file, 'utf8')).not.toMatch(/legal|winner|sausage/);
});

test('a settings file that is not one is reported, and not overwritten', async () => {
  await using home = await Home.make();
  await mkdir(home.in('config'));
  await writeFile(home.in('config', 'config.json'), '{ broken');
  const listed = await home.run(['vault', 'list']);
  expect(listed).toMatchObject({ exitCode: 2 });
  expect(listed.stderr).toContain('config.json');
  expect(await readFile(home.in('config', 'config.json'), 'utf8')).toBe('{ broken');
});

test('flags win over the environment, and that over what is saved', async () => {
  await using home = await Home.make();
  await home.wordsFile();
  await home.run(['vault', 'add', 'saved', './from-config']);
  const argv = ['snapshots', '--mnemonic-file', 'words.txt'];
  const env = { CYBS3_VAULT: './from-env' };
  expect((await home.run(argv)).stderr).toContain('/from-config');
  expect((await home.run(argv, { env })).stderr).toContain('/from-env');
  const flagged = await home.run([...argv, '--vault', './from-flag'], { env });
  expect(flagged.stderr).toContain('/from-flag');
});
