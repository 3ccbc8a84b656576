import { chmod, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { beforeAll, afterAll, describe, expect, test } from 'vitest';
import { Home, OTHER_WORDS, PROGRAM, WORDS, type RunResult } from './support/program.ts';

const posix = process.platform !== 'win32';
let home: Home;

beforeAll(async () => {
  home = await Home.make();
  await home.vault('v');
  await home.wordsFile(WORDS, 'right');
  await home.wordsFile(OTHER_WORDS, 'wrong');
});
afterAll(async () => home[Symbol.asyncDispose]());

async function open(argv: string[], env: Record<string, string> = {}): Promise<RunResult> {
  return home.run(['snapshots', '--vault', './v', ...argv], { env });
}

/** A command line that prints a file, in words that need no shell. */
function print(name: string): string {
  const script = `process.stdout.write(fs.readFileSync('${name}'))`.replaceAll(' ', '\\ ');
  return `${process.execPath} -e ${script}`;
}

describe('where the words come from', () => {
  const right = (): Record<string, string> => ({ CYBS3_MNEMONIC: WORDS });
  const wrong = { CYBS3_MNEMONIC: OTHER_WORDS };

  test('a file named by a flag comes before everything', async () => {
    const env = { ...wrong, CYBS3_MNEMONIC_FILE: 'wrong', CYBS3_MNEMONIC_COMMAND: print('wrong') };
    const argv = ['--mnemonic-file', 'right', '--mnemonic-command', print('wrong')];
    expect(await open(argv, env)).toMatchObject({ exitCode: 0 });
  });

  test('then a command named by a flag', async () => {
    const env = { ...wrong, CYBS3_MNEMONIC_FILE: 'wrong' };
    expect(await open(['--mnemonic-command', print('right')], env)).toMatchObject({ exitCode: 0 });
  });

  test('then the file, the command and the words of the environment', async () => {
    const file = { CYBS3_MNEMONIC_FILE: 'right', CYBS3_MNEMONIC_COMMAND: print('wrong') };
    expect(await open([], { ...wrong, ...file })).toMatchObject({ exitCode: 0 });
    const command = { CYBS3_MNEMONIC_COMMAND: print('right') };
    expect(await open([], { ...wrong, ...command })).toMatchObject({ exitCode: 0 });
    expect(await open([], right())).toMatchObject({ exitCode: 0 });
  });

  test('words in the environment are used with a warning', async () => {
    const { stderr } = await open([], right());
    expect(stderr.match(/warning: CYBS3_MNEMONIC/g)).toHaveLength(1);
    expect((await open(['--mnemonic-file', 'right'])).stderr).not.toContain('warning');
  });

  test('without any source the error says what to give', async () => {
    const { exitCode, stderr } = await open([]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/error: .*no source/);
    expect(stderr).toMatch(/hint: .*--mnemonic-file/);
  });
});

describe('words files', () => {
  test.skipIf(!posix)('one that others can read is refused', async () => {
    await home.wordsFile(WORDS, 'open');
    for (const mode of [0o640, 0o604, 0o620]) {
      await chmod(home.in('open'), mode);
      const refused = await open(['--mnemonic-file', 'open']);
      expect(refused).toMatchObject({ exitCode: 1 });
      expect(refused.stderr).toContain('hint: chmod 600 open');
    }
  });

  test.skipIf(process.getuid?.() !== 0)('one that belongs to another user is refused', async () => {
    const { chown } = await import('node:fs/promises');
    await home.wordsFile(WORDS, 'theirs');
    await chown(home.in('theirs'), 12_345, 12_345);
    const refused = await open(['--mnemonic-file', 'theirs']);
    expect(refused).toMatchObject({ exitCode: 1 });
    expect(refused.stderr).toContain('another user');
  });

  test('one that is far too big is not read through', async () => {
    await writeFile(home.in('big'), `${WORDS} `.repeat(100), { mode: 0o600 });
    expect((await open(['--mnemonic-file', 'big'])).stderr).toContain('too big');
  });

  test('numbered lines will do', async () => {
    const lines = WORDS.split(' ').map((word, i) => `${i + 1}. ${word}\r\n`);
    await writeFile(home.in('numbered'), lines.join(''), { mode: 0o600 });
    expect(await open(['--mnemonic-file', 'numbered'])).toMatchObject({ exitCode: 0 });
  });

  test.skipIf(!posix)('a pipe will do', async () => {
    const [node, script] = PROGRAM;
    const run = `"${node}" "${script}" snapshots --vault ./v --mnemonic-file <(echo "${WORDS}")`;
    const options = { env: home.env, extendEnv: false, cwd: home.path, reject: false } as const;
    expect(await execa('bash', ['-c', run], options)).toMatchObject({ exitCode: 0 });
  });

  test('a missing one is named', async () => {
    const { exitCode, stderr } = await open(['--mnemonic-file', 'nowhere']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('cannot read nowhere');
  });
});

describe('words that do not fit', () => {
  test('a wrong word is named by its position, and not repeated', async () => {
    await home.wordsFile(WORDS.replace(/about$/, 'secretword'), 'typo');
    const { exitCode, stderr, stdout } = await open(['--mnemonic-file', 'typo', '--debug']);
    expect(exitCode).toBe(12);
    expect(stderr).toContain('word 12 is not in the word list');
    expect(stderr + stdout).not.toMatch(/secretword|abandon/);
  });

  test('a wrong checksum says so', async () => {
    await home.wordsFile(WORDS.replace(/about$/, 'abandon'), 'swapped');
    const { exitCode, stderr } = await open(['--mnemonic-file', 'swapped', '--debug']);
    expect(exitCode).toBe(12);
    expect(stderr).toContain('checksum');
    expect(stderr).not.toContain('abandon');
  });

  test('the right words of another vault say so', async () => {
    const { exitCode, stderr } = await open(['--mnemonic-file', 'wrong', '--debug']);
    expect(exitCode).toBe(12);
    expect(stderr).toContain('do not open the vault');
    expect(stderr).not.toMatch(/legal|winner/);
  });
});

describe('mnemonic commands', () => {
  test('one that fails is named with its exit code; what it printed is not repeated', async () => {
    const script = `console.log('${WORDS}');process.exit(7)`.replaceAll(' ', '\\ ');
    const argv = ['--mnemonic-command', `${process.execPath} -e ${script}`, '--debug'];
    const { exitCode, stderr } = await open(argv);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('exit code 7');
    expect(stderr).not.toContain('abandon');
  });

  test('one that is not there is named', async () => {
    const { exitCode, stderr } = await open(['--mnemonic-command', 'no-such-program x']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('no-such-program could not be started (ENOENT)');
  });

  test('no shell reads the command', async () => {
    const { stdout, exitCode } = await open([
      '--mnemonic-command',
      'echo $(touch evil) ; touch evil',
    ]);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 12 });
    const { existsSync } = await import('node:fs');
    expect(existsSync(home.in('evil'))).toBe(false);
  });
});
