import { PassThrough } from 'node:stream';
import { chmodSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '../../src/base/failure.ts';
import type { CommandAction, CommandHost, GlobalFlags } from '../../src/cli/command.ts';
import { addDiff } from '../../src/cli/commands/look/diff.ts';
import { addFind } from '../../src/cli/commands/look/find.ts';
import { pathArgument } from '../../src/cli/commands/look/path-argument.ts';
import { addStats } from '../../src/cli/commands/look/stats.ts';
import { addGlobalOptions } from '../../src/cli/options/global-options.ts';
import { BrokenPipe, Output } from '../../src/cli/render/output.ts';
import { listSnapshots } from '../../src/jobs/snapshots.ts';
import { DirectoryStore } from '../../src/store/directory.ts';
import type { SavedSnapshot } from '../../src/vault/snapshots.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { backUp, newVault, random, WORDS } from '../support/test-vault.ts';

const folder = temporaryFolder();
const files = join(folder, 'files');
let snapshots: SavedSnapshot[];

beforeAll(async () => {
  const vault = await newVault(new DirectoryStore(join(folder, 'vault')));
  writeFileSync(join(folder, 'words'), WORDS, { mode: 0o600 });
  mkdirSync(join(files, 'sub'), { recursive: true });
  writeFileSync(join(files, 'a.txt'), 'one');
  writeFileSync(join(files, 'gone.bin'), Buffer.alloc(2048, 'ab'));
  chmodSync(join(files, 'gone.bin'), 0o644);
  utimesSync(join(files, 'gone.bin'), 1_600_000_000, 1_600_000_000);
  await backUp(vault, [files], { tags: ['first'] });
  writeFileSync(join(files, 'a.txt'), 'one, two');
  rmSync(join(files, 'gone.bin'));
  writeFileSync(join(files, 'sub/new'), 'x');
  await backUp(vault, [files], { host: 'other' });
  snapshots = await listSnapshots(vault);
});

interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly error?: unknown;
}

/** Runs a command line in this process. @param linesRead the reader of stdout leaves after so many writes */
async function run(argv: readonly string[], linesRead = Infinity): Promise<Ran> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  let [text, notes, writes] = ['', '', 0];
  stdout.on('data', (data: Buffer) => {
    text += data.toString();
    if (++writes >= linesRead) stdout.destroy(Object.assign(new Error('left'), { code: 'EPIPE' }));
  });
  stderr.on('data', (data: Buffer) => (notes += data.toString()));
  let exitCode = 0;
  const host: CommandHost = {
    programVersion: 'test',
    action<Flags extends object>(work: CommandAction<Flags>) {
      return async function action(this: Command): Promise<void> {
        const flags = this.optsWithGlobals<Flags & GlobalFlags>();
        const { json = false, quiet = false, verbose = false } = flags;
        const io = {
          env: { CYBS3_STATE_DIR: join(folder, 'state') },
          cwd: folder,
          stdin: process.stdin,
          stdout,
          stderr,
        } as never;
        const context = {
          io,
          flags,
          out: new Output(stdout as never, stderr as never, { json, quiet, verbose }),
          signal: new AbortController().signal,
          clock: () => 1_900_000_000_000,
          random,
          programVersion: 'test',
        };
        exitCode = (await work(context, ...(this.processedArgs.flat() as string[]))) ?? 0;
      };
    },
  };
  const program = new Command('cybs3').exitOverride();
  program.configureOutput({ writeErr: () => undefined, writeOut: (help) => (text += help) });
  addGlobalOptions(program);
  for (const add of [addStats, addDiff, addFind]) add(program, host);
  for (const command of program.commands) command.exitOverride();
  const unlock = ['--vault', join(folder, 'vault'), '--mnemonic-file', join(folder, 'words')];
  const error: unknown = await program
    .parseAsync([...argv, ...(argv.includes('--help') ? [] : unlock)], { from: 'user' })
    .then(() => undefined)
    .catch((thrown: unknown) => thrown);
  await new Promise((resolve) => setImmediate(resolve));
  return { exitCode, stdout: text, stderr: notes, ...(error !== undefined && { error }) };
}

async function done(argv: readonly string[]): Promise<string> {
  const { exitCode, stdout, error } = await run(argv);
  if (error !== undefined) throw error;
  expect(exitCode).toBe(0);
  return stdout;
}

const jsonLines = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const short = (number: number): string => snapshots[number]?.id.slice(0, 8) ?? '';

describe('diff', () => {
  test('shows a line for each difference, and what they come to', async () => {
    const text = await done(['diff', 'latest~1', 'latest']);
    expect(text.split('\n').slice(0, 3)).toEqual([
      `M         +5 B  ${files}/a.txt`,
      `-    -2.00 KiB  ${files}/gone.bin`,
      `+         +1 B  ${files}/sub/new`,
    ]);
    expect(text).toMatch(/^added +1 file, 0 folders, 1 B$/m);
    expect(text).toMatch(/^removed +1 file, 0 folders, 2\.00 KiB$/m);
    expect(text).toMatch(/^changed +1 file, 3 B before, 8 B now$/m);
    expect(text).toMatch(/^data gone +2\.00 KiB in 2 chunks, .* stored$/m);
  });

  test('shows folders and metadata where it is asked to', async () => {
    const text = await done(['diff', 'latest~1', 'latest', '--metadata']);
    expect(text).toContain(`U               ${files}/sub/  (mtime)\n`);
  });

  test('of a path, relative to the current folder, shows what is under it', async () => {
    const text = await done(['diff', 'latest~1', 'latest', 'files/sub', '--quiet']);
    expect(text).toBe(`+         +1 B  ${files}/sub/new\n`);
  });

  test('gives programs a line for each, and a summary', async () => {
    const lines = jsonLines(await done(['diff', 'latest~1', 'latest', '--json', '--no-progress']));
    expect(lines.every(({ schema }) => schema === 'cybs3/v1')).toBe(true);
    expect(lines[0]).toMatchObject({
      type: 'item',
      change: 'changed',
      path: `${files}/a.txt`,
      before: { type: 'file', size: 3 },
      after: { type: 'file', size: 8 },
      fields: ['mtime'],
      silent: false,
    });
    expect(lines.at(-1)).toMatchObject({
      type: 'summary',
      before: snapshots[0]?.id,
      after: snapshots[1]?.id,
      added: { files: 1, bytes: 1 },
    });
  });

  test('of snapshots that are not there fails', async () => {
    const { error } = await run(['diff', 'ffffffff', 'latest']);
    expect(error).toMatchObject({ code: 'snapshot/not-found' });
  });
});

describe('find', () => {
  test('prints what restore and cat take', async () => {
    const { stdout, stderr } = await run(['find', '*.txt', 'sub/new']);
    expect(stdout.split('\n')).toEqual([
      `${short(0)}:${files}/a.txt`,
      `${short(1)}:${files}/a.txt`,
      `${short(1)}:${files}/sub/new`,
      '',
    ]);
    expect(stderr).toContain('3 matches in 2 of 2 snapshots');
  });

  test.each([
    [['--type', 'f', '--size', '+2K'], ['0 gone.bin']],
    [['--type', 'f', '--size', '+2', '--size', '-3'], ['0 a.txt']],
    [['--type', 'f', '--size', '8'], ['1 a.txt']],
    [['--type', 'f', '--older', '2020-12-31'], ['0 gone.bin']],
    [['A.TXT', '-i', '--newer', '2021-01-01', '--tag', 'first'], ['0 a.txt']],
    [['*.bin', '--older', '1y'], ['0 gone.bin']],
    [['*.bin', '--newer', '365d'], []],
    [['a.txt', '--host', 'other'], ['1 a.txt']],
    [
      ['a.txt', '--snapshot', 'latest~1', '--snapshot', 'latest'],
      ['0 a.txt', '1 a.txt'],
    ],
    [['sub', '--type', 'd', '--snapshot', 'latest'], ['1 sub']],
  ])('%j', async (argv, expected) => {
    const text = await done(['find', ...argv]);
    const lines = expected.map((line) => `${short(Number(line[0]))}:${files}/${line.slice(2)}\n`);
    expect(text).toBe(lines.join(''));
  });

  test('with --long tells more, after the snapshot', async () => {
    const text = await done(['find', '-l', 'gone.bin']);
    expect(text).toMatch(new RegExp(`^${short(0)}  -rw-r--r-- .* 2048 .* ${files}/gone.bin\n$`));
  });

  test('gives programs a line for each, and a summary', async () => {
    const lines = jsonLines(await done(['find', 'a.txt', '--json', '--no-progress']));
    expect(lines.map(({ type }) => type)).toEqual(['match', 'match', 'summary']);
    expect(lines[0]).toMatchObject({
      snapshot: snapshots[0]?.id,
      entry: { path: `${files}/a.txt`, type: 'file', size: 3 },
    });
  });

  test('--history tells when a path changed, on each host', async () => {
    const text = await done(['find', '--history', 'files/a.txt']);
    const [first, second, end] = text.split('\n');
    expect(first).toMatch(new RegExp(`^${short(0)} .* testhost +first +3 B  `));
    expect(second).toMatch(new RegExp(`^${short(1)} .* other +first +8 B  `));
    expect(end).toBe('');
    const argv = ['find', '--history', join(files, 'a.txt'), '--json', '--no-progress'];
    expect(jsonLines(await done(argv))[0]).toMatchObject({
      type: 'version',
      change: 'first',
      snapshot: snapshots[0]?.id,
      host: 'testhost',
      entry: { size: 3 },
    });
  });

  test.each([
    [['find'], 'nothing to find is named'],
    [['find', 'x', '--history', '/y'], 'not both'],
    [['find', '[x'], 'without end'],
  ])('%j is refused', async (argv, message) => {
    const { error } = await run(argv);
    expect(error).toMatchObject({ code: 'usage', message: expect.stringContaining(message) });
  });

  test.each([
    ['--type', 'x'],
    ['--size', 'big'],
    ['--newer', 'yesterday'],
  ])('%s %s is refused', async (...argv) => {
    const { error } = await run(['find', 'x', ...argv]);
    expect(error).toMatchObject({ code: 'commander.invalidArgument' });
  });

  test('ends quietly when nobody reads on', async () => {
    expect((await run(['find', '*'], 1)).error).toBeInstanceOf(BrokenPipe);
    const { error, stdout } = await run(['find', '*', '--json', '--no-progress'], 1);
    expect(error).toBeUndefined();
    expect(stdout.split('\n').length).toBeLessThan(4);
  });
});

describe('stats', () => {
  test('of a vault with a damaged snapshot says so, and ends as damaged', async () => {
    const key = join(folder, 'vault', 'snapshots', snapshots[1]?.id ?? '');
    const sound = readFileSync(key);
    const bad = Buffer.from(sound);
    bad.writeUInt8(bad.readUInt8(150) ^ 1, 150);
    rmSync(key);
    writeFileSync(key, bad);
    const { exitCode, stdout, stderr } = await run(['stats']);
    rmSync(key);
    writeFileSync(key, sound);
    expect(exitCode).toBe(13);
    expect(stdout).toMatch(/^snapshots +1$/m);
    expect(stderr).toMatch(/snapshot .* is damaged.*\n.*counts as not needed/);
  });

  test('measures the whole vault', async () => {
    const text = await done(['stats', '--growth']);
    expect(text).toMatch(/^snapshots +2$/m);
    expect(text).toMatch(/^restored +2\.01 KiB in 4 files$/m);
    expect(text).toMatch(/^snapshots +2 +\d+/m);
    expect(text).toMatch(/^not needed +0 B in 0 chunks, 0 whole packs$/m);
    expect(text).toMatch(new RegExp(`^${short(0)} .* testhost +2 +2\\.00 KiB`, 'm'));
  });

  test('measures snapshots that are named', async () => {
    const text = await done(['stats', 'latest']);
    expect(text).toMatch(/^restored +9 B in 2 files$/m);
    expect(text).not.toContain('in the store');
  });

  test('gives programs one document', async () => {
    const [document, ...more] = jsonLines(await done(['stats', '--json', '--growth']));
    expect(more).toEqual([]);
    expect(document).toMatchObject({
      schema: 'cybs3/v1',
      type: 'stats',
      snapshots: 2,
      restore: { files: 4, bytes: 2060 },
      ratios: { compression: expect.any(Number) },
      growth: [{ host: 'testhost' }, { host: 'other', time: expect.stringMatching(/Z$/) }],
      vault: { objects: { snapshots: { objects: 2 } } },
    });
  });
});

test('a path counts from the current folder unless it starts at the top', () => {
  const key = (text: string) => Buffer.from(pathArgument(text, '/cwd')).toString('latin1');
  expect(key('/a//b/')).toBe('a\0b');
  expect(key('a/../b')).toBe('cwd\0b');
  expect(key('c:\\x\\y')).toBe('C:\0x\0y');
  expect(() => pathArgument('a\0b', '/')).toThrow(AppError);
});
