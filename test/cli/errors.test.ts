import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/base/failure.ts';
import { explain, explanationText } from '../../src/cli/explain.ts';
import { Home } from './support/program.ts';

describe('exit codes', () => {
  test.each([
    ['usage', 2],
    ['interrupted', 130],
    ['internal', 1],
    ['store/denied', 1],
    ['store/no-bucket', 10],
    ['store/checksum', 13],
    ['keys/wrong', 12],
    ['keys/words', 12],
    ['keys/none', 2],
    ['vault/not-found', 10],
    ['vault/busy', 11],
    ['vault/mismatch', 13],
    ['object/segment', 13],
    ['chunk/mismatch', 13],
    ['self-check', 13],
    ['snapshot/not-found', 1],
  ] as const)('%s ends with %i', (code, exitCode) => {
    expect(explain(new AppError(code, 'x')).exitCode).toBe(exitCode);
  });

  test('anything else thrown is a bug, said so, and ends with 1', () => {
    const explanation = explain(new TypeError('x is not a function'));
    expect(explanation).toMatchObject({ exitCode: 1, code: 'internal' });
    expect(explanationText(explanation, { json: false, debug: false })).toBe(
      'cybs3: error: internal error: x is not a function\n' +
        'cybs3: hint: this is a bug in cybs3; please report it with what --debug prints\n',
    );
  });
});

describe('error text', () => {
  const failure = new AppError('store/denied', 'no', { hint: 'try', cause: new Error('why') });

  test('has a stack, and those of its causes, only with --debug', () => {
    const quiet = explanationText(explain(failure), { json: false, debug: false });
    expect(quiet).toBe('cybs3: error: no\ncybs3: hint: try\n');
    const debug = explanationText(explain(failure), { json: false, debug: true });
    expect(debug).toMatch(/at .*errors\.test\.ts/);
    expect(debug).toContain('caused by: Error: why');
  });

  test('is one line of JSON with --json', () => {
    const text = explanationText(explain(failure), { json: true, debug: false });
    expect(text.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(text)).toEqual({
      schema: 'cybs3/v1',
      type: 'exit_error',
      code: 'store/denied',
      exitCode: 1,
      message: 'no',
      hint: 'try',
      detail: {},
    });
  });
});

describe('the program', () => {
  test.each([
    [['nonsense'], 2, "unknown command 'nonsense'"],
    [['backup', '--nonsense'], 2, "unknown option '--nonsense'"],
    [['restore', 'latest'], 2, "required option '--to <dir>' not specified"],
    [['vault', 'init'], 2, "missing required argument 'url|dir'"],
    [['vault', 'init', 'x', '--words', '13'], 2, 'Allowed choices are 12, 15'],
    [['vault', 'init', 'x', '--pack-size', '17M'], 2, 'Write 16M, 32M'],
    [['check', '--read-data-subset', '8/7'], 2, 'Write a share'],
    [['check', '--read-data', '--read-data-subset', '1/7'], 2, 'cannot be used with'],
    [['backup', '/', '--time', 'yesterday'], 2, 'Write a time'],
    [['backup', '/', '--force', '--parent', 'x'], 2, 'cannot be used with'],
    [['snapshots'], 2, 'no vault is named'],
    [['snapshots', '--vault', 'ftp://x/y'], 2, 'ftp:// is not known'],
    [['vault', 'add', 'a/b', 'x'], 2, 'not a name'],
    [['snapshots', '--vault', './nowhere', '--mnemonic-file', 'words.txt'], 10, 'no vault at'],
  ])('%j ends with %i', async (argv, exitCode, message) => {
    await using home = await Home.make();
    await home.wordsFile();
    const result = await home.run(argv);
    expect(result.stderr).toContain(message);
    expect(result).toMatchObject({ exitCode, stdout: '' });
    expect(result.stderr).toMatch(/^cybs3: error: /);
  });

  test('a mistyped command suggests what was meant', async () => {
    await using home = await Home.make();
    const { stderr } = await home.run(['bakup']);
    expect(stderr).toContain('hint: did you mean backup?');
  });

  test('without a command help goes to stderr, and it ends with 2', async () => {
    await using home = await Home.make();
    const { exitCode, stdout, stderr } = await home.run([]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('Usage: cybs3');
  });

  test('with --json a failure is one line of JSON on stderr', async () => {
    await using home = await Home.make();
    const { exitCode, stdout, stderr } = await home.run(['snapshots', '--json']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({ type: 'exit_error', code: 'usage', exitCode: 2 });
  });

  test.skipIf(process.platform === 'win32')('a reader that goes away is no failure', async () => {
    await using home = await Home.make();
    const running = home.start(['completion', 'fish']);
    running.stdout.destroy();
    expect(await running).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test.skipIf(process.platform === 'win32')('Ctrl-C ends it with 130, and says so', async () => {
    await using home = await Home.make();
    await home.vault('v');
    const wait = `setTimeout(String,30000);console.error('waiting')`;
    const argv = [
      'snapshots',
      '--vault',
      './v',
      '--mnemonic-command',
      `${process.execPath} -e ${wait}`,
    ];
    const running = home.start(argv);
    await new Promise<void>((resolve) => {
      running.stderr.on('data', (data) => String(data).includes('waiting') && resolve());
    });
    running.kill('SIGINT');
    const { exitCode, stderr } = await running;
    expect(exitCode).toBe(130);
    expect(stderr).toContain('error: interrupted');
  });
});
