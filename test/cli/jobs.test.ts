import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readFile, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Home, PROGRAM } from './support/program.ts';
import { Terminal } from './support/terminal.ts';

interface Json {
  readonly [key: string]: unknown;
}

let home: Home;
let unlock: string[];

beforeAll(async () => {
  home = await Home.make();
  unlock = await home.vault('v');
  await mkdir(home.in('src', 'deep', 'er'), { recursive: true });
  await writeFile(home.in('src', 'a.txt'), 'hello\n');
  await writeFile(home.in('src', 'deep', 'er', 'b.bin'), Buffer.alloc(300_000, 'xyz'));
  await writeFile(home.in('src', 'deep', 'skip.tmp'), 'not this');
  await utimes(home.in('src', 'a.txt'), 1_600_000_000, 1_600_000_000.5);
  if (process.platform !== 'win32') await symlink('a.txt', home.in('src', 'link'));
});
afterAll(async () => home[Symbol.asyncDispose]());

const lines = (text: string): Json[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Json);

async function done(argv: string[], input = ''): Promise<string> {
  const { exitCode, stdout, stderr } = await home.run([...argv, ...unlock], { input });
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  return stdout;
}

describe('from backup to restore', () => {
  test('a backup says what it did, and a second one that nothing changed', async () => {
    const first = await done(['backup', 'src', '--exclude', '*.tmp', '--tag', 'one']);
    expect(first).toMatch(/^snapshot [0-9a-f]{8} saved\n/);
    expect(first).toMatch(/files +2 new, 0 changed, 0 unmodified\n/);
    const second = await done(['backup', 'src', '--exclude', '*.tmp', '--tag', 'two']);
    expect(second).toMatch(/saved \(what changed since [0-9a-f]{8}\)\n/);
    expect(second).toMatch(/files +0 new, 0 changed, 2 unmodified\n/);
    const third = await done(['backup', 'src', '--exclude', '*.tmp', '--skip-if-unchanged']);
    expect(third).toContain('nothing saved: nothing changed');
  });

  test('snapshots lists them, oldest first', async () => {
    const text = await done(['snapshots']);
    expect(text.split('\n')[0]).toMatch(/^id +time +host +tags +files +size +paths$/);
    const { snapshots } = JSON.parse(await done(['snapshots', '--json'])) as { snapshots: Json[] };
    expect(snapshots.map(({ tags }) => tags)).toEqual([['one'], ['two']]);
    expect(snapshots[0]).toMatchObject({ paths: [home.in('src')], files: 2, complete: true });
    const one = JSON.parse(await done(['snapshots', '--json', '--tag', 'one'])) as Json;
    expect(one['snapshots']).toHaveLength(1);
  });

  test('ls lists a folder, or all below it', async () => {
    const flat = await done(['ls', `latest:${home.in('src')}`]);
    expect(flat).toContain(`${home.in('src', 'a.txt')}\n`);
    expect(flat).not.toContain('b.bin');
    const all = await done(['ls', '-R', '-l', `latest:${home.in('src')}`]);
    expect(all).toMatch(/^-rw-r--r-- .* 300000 .*b\.bin$/m);
    expect(all).not.toContain('skip.tmp');
    const document = JSON.parse(await done(['ls', '-R', '--json', 'latest'])) as {
      entries: Json[];
    };
    expect(document.entries.find(({ path }) => path === home.in('src', 'a.txt'))).toMatchObject({
      type: 'file',
      size: 6,
      mtime: '2020-09-13T12:26:40.500000000Z',
    });
  });

  test('cat writes one file to stdout', async () => {
    expect(await done(['cat', `latest:${home.in('src', 'a.txt')}`])).toBe('hello\n');
  });

  test('restore brings the tree back, below the target', async () => {
    const text = await done(['restore', 'latest:tag=one', '--to', 'r1']);
    expect(text).toMatch(/^snapshot [0-9a-f]{8} restored\n/);
    expect(text).toMatch(/files +2 restored, 0 kept/);
    const root = home.in('r1', home.in('src'));
    expect(await readFile(`${root}/a.txt`, 'utf8')).toBe('hello\n');
    expect((await lstat(`${root}/a.txt`)).mtimeMs).toBe(1_600_000_000_500);
    expect(await readdir(`${root}/deep`)).toEqual(['er']);
  });

  test('restore of a path puts what is in it into the target and keeps the same', async () => {
    await done(['restore', `latest:${home.in('src')}`, '--to', 'r2', '--verify']);
    expect((await readdir(home.in('r2'))).sort()).toContain('a.txt');
    const again = await done(['restore', `latest:${home.in('src')}`, '--to', 'r2']);
    expect(again).toMatch(/files +0 restored, 2 kept/);
  });

  test('a dry run writes nothing and names what it would write', async () => {
    const text = await done(['restore', 'latest', '--to', 'r3', '--dry-run']);
    expect(text).toMatch(/restored +6 B .*a\.txt/);
    await expect(readdir(home.in('r3'))).rejects.toThrow('ENOENT');
    const backup = await done(['backup', 'src', '--dry-run', '--force']);
    expect(backup).toContain('nothing saved: this was a dry run');
  });

  test('check finds no errors', async () => {
    expect(await done(['check'])).toMatch(/^no errors found/);
    expect(await done(['check', '--read-data'])).toMatch(/read +.* in \d+ packs?/);
    expect(await done(['check', '--read-data-subset', '1/2'])).toMatch(/^no errors found/);
  });

  test('--json gives events, each with the schema, and last a summary', async () => {
    const events = lines(await done(['backup', 'src', '--json']));
    expect(events.every(({ schema }) => schema === 'cybs3/v1')).toBe(true);
    expect(events.at(-1)).toMatchObject({ type: 'summary', filesUnmodified: 2, filesNew: 1 });
  });

  test('--quiet says nothing', async () => {
    const quiet = await home.run(['backup', 'src', '--quiet', ...unlock]);
    expect(quiet).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });
});

describe('what is backed up besides paths', () => {
  test('stdin becomes a file', async () => {
    await done(['backup', '--stdin', '--stdin-name', 'notes/in.txt', '--tag', 'in'], 'from stdin');
    expect(await done(['cat', 'latest:tag=in:/notes/in.txt'])).toBe('from stdin');
  });

  test('so does the output of a command', async () => {
    const print = `process.stdout.write('out '.repeat(3))`;
    const command = ['--', process.execPath, '-e', print];
    const argv = ['backup', '--stdin-from-command', '--stdin-name', 'o', '--tag', 'cmd'];
    const saved = await home.run([...argv, ...unlock, ...command]);
    expect(saved).toMatchObject({ exitCode: 0 });
    expect(await done(['cat', 'latest:tag=cmd:o'])).toBe('out out out ');
  });

  test('nothing is saved when the command fails', async () => {
    const before = await done(['snapshots', '--json']);
    const command = ['--', process.execPath, '-e', `console.log('half');process.exit(4)`];
    const failed = await home.run(['backup', '--stdin-from-command', ...unlock, ...command]);
    expect(failed).toMatchObject({ exitCode: 1 });
    expect(failed.stderr).toContain('ended with exit code 4');
    expect(await done(['snapshots', '--json'])).toBe(before);
  });

  test('lists of paths, by lines and by zero bytes', async () => {
    const paths = [home.in('src', 'a.txt'), home.in('src', 'deep', 'er')];
    await done(['backup', '--files-from', '-', '--tag', 'list'], `${paths.join('\n')}\n`);
    await done(['backup', '--files-from', '-', '--tag', 'list0'], `${paths.join('\0')}\0`);
    for (const tag of ['list', 'list0']) {
      const all = await done(['ls', '-R', `latest:tag=${tag}`]);
      expect(all).toContain('a.txt');
      expect(all).toContain('b.bin');
      expect(all).not.toContain('skip.tmp');
    }
  });

  test('patterns from a file', async () => {
    await writeFile(home.in('patterns'), '# none of these\n*.tmp\n\ner/\n');
    await done(['backup', 'src', '--exclude-file', 'patterns', '--tag', 'pat']);
    const all = await done(['ls', '-R', 'latest:tag=pat']);
    expect(all).toContain('a.txt');
    expect(all).not.toMatch(/skip\.tmp|b\.bin/);
  });
});

describe('what goes wrong', () => {
  test('a path that is not there is reported, the others are saved: exit 3', async () => {
    const argv = ['backup', 'src', 'not-there', '--tag', 'partial', ...unlock];
    const { exitCode, stdout, stderr } = await home.run(argv);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/cybs3: error: .*not-there/);
    expect(stdout).toMatch(/^snapshot [0-9a-f]{8} saved/);
  });

  test.each([
    [['backup'], 2, 'nothing to save is named'],
    [['backup', '--stdin', 'src'], 2, 'either stdin or paths'],
    [['backup', '--stdin-from-command'], 2, 'no command is given'],
    [['backup', '--files-from', 'no-list'], 2, 'cannot read no-list'],
    [['restore', 'ffffffff', '--to', 'x'], 1, 'no snapshot'],
    [['ls', 'latest:/nowhere'], 1, 'nowhere'],
    [['cat', 'latest'], 2, 'no file is named'],
  ])('%j ends with %i', async (argv, exitCode, message) => {
    const result = await home.run([...argv, ...unlock]);
    expect(result.stderr).toContain(message);
    expect(result).toMatchObject({ exitCode, stdout: '' });
  });

  test('a damaged pack is found by check: exit 13', async () => {
    await using own = await Home.make();
    const open = await own.vault('v');
    await own.run(['backup', home.in('src'), ...open]);
    const packs = await readdir(own.in('v', 'data'), { recursive: true, withFileTypes: true });
    const pack = packs.find((entry) => entry.isFile());
    const path = `${pack?.parentPath}/${pack?.name}`;
    const bytes = await readFile(path);
    bytes.writeUInt8(bytes.readUInt8(200) ^ 1, 200);
    await writeFile(path, bytes);
    const checked = await own.run(['check', '--read-data', ...open]);
    expect(checked).toMatchObject({ exitCode: 13 });
    expect(checked.stdout).toMatch(/^DAMAGED: \d+ error/);
    const restored = await own.run(['restore', 'latest', '--to', 'r', ...open]);
    expect(restored).toMatchObject({ exitCode: 13 });
    await rm(path);
    expect(await own.run(['check', ...open])).toMatchObject({ exitCode: 13 });
  });

  test.skipIf(process.platform === 'win32')(
    'ls into a reader that goes away ends well',
    async () => {
      const running = home.start(['ls', '-R', 'latest', ...unlock]);
      running.stdout.destroy();
      expect(await running).toMatchObject({ exitCode: 0, stderr: '' });
    },
  );

  test.skipIf(process.platform === 'win32')('an interrupted backup ends with 130', async () => {
    const wait = `process.stdout.write('begun');setTimeout(String,30000)`;
    const command = ['--', process.execPath, '-e', wait];
    const running = home.start([
      'backup',
      '--stdin-from-command',
      '--debug',
      ...unlock,
      ...command,
    ]);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    running.kill('SIGINT');
    const { exitCode, stderr } = await running;
    expect(exitCode).toBe(130);
    expect(stderr).toContain('stopping');
  });
});

describe.skipIf(process.platform === 'win32')('on a terminal', () => {
  test('a backup shows progress on stderr and leaves the summary', async () => {
    // Slow enough to be seen, whatever the machine.
    await writeFile(home.in('src', 'big'), randomBytes(6 << 20));
    const argv = [...PROGRAM, 'backup', 'src', '--force', '--limit-upload', '3M', ...unlock];
    const terminal = new Terminal(argv, home.env, home.path);
    await terminal.expect(/\d+ %|scanning|\?/);
    expect(await terminal.ended).toBe(0);
    await terminal.expect(/snapshot [0-9a-f]{8} saved/);
  });

  test('--no-progress shows none', async () => {
    const argv = [...PROGRAM, 'backup', 'src', '--no-progress', '--force', ...unlock];
    const terminal = new Terminal(argv, home.env, home.path);
    expect(await terminal.ended).toBe(0);
    expect(terminal.text).toMatch(/^snapshot [0-9a-f]{8} saved/);
  });
});
