import { PassThrough } from 'node:stream';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '../../src/base/failure.ts';
import type { CommandAction, CommandHost, GlobalFlags } from '../../src/cli/command.ts';
import { addForget } from '../../src/cli/commands/keep/forget.ts';
import { addRewrite } from '../../src/cli/commands/keep/rewrite.ts';
import { addTag } from '../../src/cli/commands/keep/tag.ts';
import { addUndelete } from '../../src/cli/commands/keep/undelete.ts';
import { addSnapshots } from '../../src/cli/commands/snapshots.ts';
import { addGlobalOptions } from '../../src/cli/options/global-options.ts';
import { Output } from '../../src/cli/render/output.ts';
import { DirectoryStore } from '../../src/store/directory.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { backUp, newVault, random, WORDS } from '../support/test-vault.ts';

const folder = temporaryFolder();
const files = join(folder, 'files');
const DAY_MS = 24 * 3_600_000;

beforeAll(async () => {
  const vault = await newVault(new DirectoryStore(join(folder, 'vault')));
  writeFileSync(join(folder, 'words'), WORDS, { mode: 0o600 });
  mkdirSync(files);
  writeFileSync(join(files, 'keep.txt'), 'keep');
  writeFileSync(join(files, 'drop.iso'), 'drop');
  const start = Date.parse('2024-05-01T12:00:00Z');
  for (let day = 0; day < 5; day++) {
    const tags = day === 0 ? ['first'] : [];
    await backUp(vault, [files], { timeMs: start + day * DAY_MS, tags });
  }
});

interface Ran {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process. */
async function run(...argv: string[]): Promise<Ran> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const [results, notes]: [string[], string[]] = [[], []];
  stdout.on('data', (data: Buffer) => results.push(data.toString()));
  stderr.on('data', (data: Buffer) => notes.push(data.toString()));
  const host: CommandHost = {
    programVersion: 'test',
    action<Flags extends object>(work: CommandAction<Flags>) {
      return async function action(this: Command): Promise<void> {
        const flags = this.optsWithGlobals<Flags & GlobalFlags>();
        const { json = false, quiet = false, verbose = false } = flags;
        const context = {
          io: {
            env: { CYBS3_STATE_DIR: join(folder, 'state') },
            cwd: folder,
            stdin: process.stdin,
            stdout,
            stderr,
          } as never,
          flags,
          out: new Output(stdout as never, stderr as never, { json, quiet, verbose }),
          signal: new AbortController().signal,
          clock: Date.now,
          random,
          programVersion: 'test',
        };
        await work(context, ...(this.processedArgs.flat() as string[]));
      };
    },
  };
  const program = new Command('cybs3').exitOverride();
  program.configureOutput({
    writeErr: () => undefined,
    writeOut: (help) => void results.push(help),
  });
  addGlobalOptions(program);
  for (const add of [addSnapshots, addForget, addUndelete, addTag, addRewrite]) add(program, host);
  for (const command of program.commands) command.exitOverride();
  const vault = ['--vault', join(folder, 'vault'), '--mnemonic-file', join(folder, 'words')];
  const isHelp = argv.includes('--help');
  await program.parseAsync([...argv, ...(isHelp ? [] : vault)], { from: 'user' }).catch((error) => {
    if (!isHelp) throw error;
  });
  return { stdout: results.join(''), stderr: notes.join('') };
}

async function document(...argv: string[]): Promise<{ snapshots: Record<string, unknown>[] }> {
  return JSON.parse((await run(...argv, '--json')).stdout) as never;
}

async function liveIds(): Promise<string[]> {
  return (await document('snapshots')).snapshots.map(({ id }) => String(id));
}

function codeOf(error: unknown): string {
  return error instanceof AppError ? error.code : ((error as { code?: string }).code ?? '');
}

describe('forget', () => {
  test('dry shows in a table which would go, and why', async () => {
    const rules = ['--keep-last', '1', '--keep-tag', 'first', '--time-zone', 'UTC'];
    const { stdout, stderr } = await run('forget', ...rules, '--dry-run');
    const rows = stdout.split('\n');
    expect(rows[0]).toBe(`host testhost, paths ${files}`);
    expect(rows[1]).toMatch(/^what +id +time +tags +why$/);
    expect(rows[2]).toMatch(/^keep +[0-9a-f]{8} +2024-05-01 \d\d:00:00 +first +tag first$/);
    expect(rows[3]).toMatch(/^forget +[0-9a-f]{8} +2024-05-02 \d\d:00:00 +no rule keeps it$/);
    expect(rows[6]).toMatch(/^keep .* last 1 of 1$/);
    expect(stdout).toContain('3 snapshots would be forgotten, 2 kept\n');
    expect(stderr).toContain('keep 1 last, tag first (by host, paths; days of UTC)');
    expect(await liveIds()).toHaveLength(5);
  });

  test('and undelete work together, and snapshots --forgotten shows what is between', async () => {
    const ids = await liveIds();
    const { stdout } = await run('forget', ids[1]?.slice(0, 8) ?? '', ids[2] ?? '');
    expect(stdout).toContain('2 snapshots forgotten, 3 kept\n');
    expect(stdout).toContain('for 1 d 0 h, `cybs3 undelete` takes them back');
    expect(await liveIds()).toEqual([ids[0], ids[3], ids[4]]);
    const { snapshots } = await document('snapshots', '--forgotten');
    expect(snapshots.map(({ id }) => id)).toEqual([ids[1], ids[2]]);
    const { forgotten, undeletableUntil } = snapshots[0] ?? {};
    const ms = Date.parse(String(undeletableUntil)) - Date.parse(String(forgotten));
    expect(ms).toBe(DAY_MS - 3_600_000);
    const table = (await run('snapshots', '--forgotten')).stdout;
    expect(table).toMatch(
      /^id +time +host +tags +forgotten +can be had back until +in its place\n/,
    );
    const back = await run('undelete', ids[1]?.slice(0, 6) ?? '');
    expect(back.stdout).toMatch(/^snapshot [0-9a-f]{8} of testhost, 2024-05-02 .*, is back\n$/);
    expect((await run('undelete', '--all')).stderr).toContain('1 snapshot taken back');
    expect(await liveIds()).toEqual(ids);
  });

  test('gives each decision as JSON', async () => {
    const { stdout } = await run('forget', '--keep-last', '2', '--dry-run', '--json');
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.map(({ type }) => type)).toEqual(['policy', 'group', 'summary']);
    const { decisions } = events[1] as { decisions: Record<string, unknown>[] };
    expect(decisions.map(({ action }) => action)).toEqual([
      'forget',
      'forget',
      'forget',
      'keep',
      'keep',
    ]);
    expect(decisions[4]).toMatchObject({ reasons: ['last 1 of 2'], isFutureDated: false });
  });

  test('saves rules for later runs', async () => {
    await run('forget', '--keep-within', '1y2m', '--keep-daily', 'unlimited', '--save-policy');
    const { stderr } = await run('forget', '--dry-run');
    expect(stderr).toContain("as the vault's settings say, every daily, all within 1y2m");
  });

  test.each([
    [['--keep-last', '0']],
    [['--keep-daily', 'many']],
    [['--keep-within', '7']],
    [['--group-by', 'colour']],
    [['--keep-id', 'xyz']],
    [['--grace', 'soon']],
  ])('does not take %j', async (argv) => {
    const error: unknown = await run('forget', ...argv).catch((thrown: unknown) => thrown);
    expect(codeOf(error)).toBe('commander.invalidArgument');
  });

  test.each([
    [['--save-policy']],
    [['abcd', '--host', 'web']],
    [['--keep-tag', 'none']],
    [['--keep-last', '1', '--time-zone', 'Mars/Olympus']],
  ])('refuses %j, and changes nothing', async (argv) => {
    const ids = await liveIds();
    const error: unknown = await run('forget', ...argv).catch((thrown: unknown) => thrown);
    expect(codeOf(error)).toBe('usage');
    expect(await liveIds()).toEqual(ids);
  });
});

test('tag gives a snapshot other tags, and says its new id', async () => {
  const [first] = await liveIds();
  const { stdout } = await run('tag', '--add', 'a,b', '--remove', 'first', first ?? '');
  expect(stdout).toMatch(/, is now [0-9a-f]{8}: first -> a,b\n$/);
  const { snapshots } = await document('snapshots', '--tag', 'a,b');
  expect(snapshots).toHaveLength(1);
  expect(stdout).toContain(`is now ${String(snapshots[0]?.['id']).slice(0, 8)}:`);
  const { snapshots: forgotten } = await document('snapshots', '--forgotten');
  expect(forgotten.at(-1)).toMatchObject({ id: first, replacedBy: snapshots[0]?.['id'] });
});

test('rewrite drops what matches, dry first', async () => {
  const dry = await run('rewrite', '--exclude', '*.iso', '--all', '--dry-run', '--verbose');
  expect(dry.stdout).toContain(`${join(files, 'drop.iso')}\n`);
  expect(dry.stdout).toMatch(/would lose 1 file, 0 folders, 4 B\n/);
  expect(dry.stdout).toContain('5 snapshots would be rewritten; 0 without such paths');
  writeFileSync(join(folder, 'patterns'), '# images\n*.iso\n');
  const patterns = ['--exclude-file', join(folder, 'patterns')];
  const { stdout } = await run('rewrite', ...patterns, '--forget', 'latest');
  expect(stdout).toMatch(/is now [0-9a-f]{8}, without 1 file, 0 folders, 4 B\n/);
  expect(stdout).toContain('1 snapshot rewritten, the old ones forgotten; 0 without such paths');
  const { snapshots } = await document('snapshots');
  expect(snapshots.map((one) => one['files'])).toEqual([2, 2, 2, 2, 1]);
});

test.each(['forget', 'undelete', 'tag', 'rewrite'])('%s --help fits a terminal', async (name) => {
  const { stdout } = await run(name, '--help');
  expect(stdout).toContain(`Usage: cybs3 ${name}`);
  const own = stdout.split('Words:')[0] ?? '';
  for (const line of own.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
});
