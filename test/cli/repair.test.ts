import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addRepair } from '../../src/cli/commands/care/repair.ts';
import { addCheck } from '../../src/cli/commands/check.ts';
import { DirectoryStore } from '../../src/store/directory.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { backUp, flip, keysUnder, newVault, random, WORDS } from '../support/test-vault.ts';
import { tree } from '../support/tree.ts';
import { runHere } from './support/run-here.ts';

const folder = temporaryFolder();
const original = join(folder, 'original');
const place = join(folder, 'vault');
const files = join(folder, 'files');

beforeAll(async () => {
  const vault = await newVault(new DirectoryStore(original));
  writeFileSync(join(folder, 'words'), WORDS, { mode: 0o600 });
  tree(files, { 'large.bin': random(400_000), 'small.txt': 'small' });
  await backUp(vault, [files]);
});

beforeEach(() => {
  rmSync(place, { recursive: true, force: true });
  rmSync(join(folder, 'state'), { recursive: true, force: true });
  cpSync(original, place, { recursive: true });
});

const run = (...argv: string[]) =>
  runHere([addCheck, addRepair], folder, [
    ...argv,
    '--vault',
    place,
    '--mnemonic-file',
    join(folder, 'words'),
  ]);

const packs = (): Promise<string[]> => keysUnder(new DirectoryStore(place), 'data/');

describe('cybs3 repair', () => {
  test('index brings a vault back whose index is gone: exit 13 before, 0 after', async () => {
    rmSync(join(place, 'index'), { recursive: true });
    expect((await run('check')).exitCode).toBe(13);
    const dry = await run('repair', 'index', '--dry-run');
    expect(dry).toMatchObject({ exitCode: 0 });
    expect(dry.stdout).toMatch(/^nothing changed\n/);
    expect((await run('check')).exitCode).toBe(13);
    const mended = await run('repair', 'index');
    expect(mended.exitCode).toBe(0);
    expect(mended.stdout).toMatch(/^done\n +packs +2 packs named again\n/);
    expect((await run('check')).exitCode).toBe(0);
  });

  test('packs ends with 13 where something is lost, and says what to do', async () => {
    const [key = ''] = await packs();
    await flip(new DirectoryStore(place), key, 500);
    const { exitCode, stdout, stderr } = await run('repair', 'packs', key);
    expect(exitCode).toBe(13);
    expect(stdout).toMatch(/^\d+ chunks? lost: back up again .*`cybs3 repair snapshots`\n/);
    expect(stderr).toMatch(/^cybs3: pack salvaged: data\/\S+: 0 of \d chunks in it can be read\n/);
  });

  test('packs loses nothing where only the header is damaged', async () => {
    const [key = ''] = await packs();
    await flip(new DirectoryStore(place), key, 50);
    expect(await run('repair', 'packs', '--quiet')).toMatchObject({ exitCode: 0, stdout: '' });
    expect((await run('check', '--read-data')).exitCode).toBe(0);
  });

  test('snapshots names each path that is left out, also as JSON', async () => {
    const [key = ''] = await packs();
    rmSync(join(place, key));
    const { exitCode, stdout } = await run('repair', 'snapshots', '--json');
    expect(exitCode).toBe(0);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events).toContainEqual(
      expect.objectContaining({
        schema: 'cybs3/v1',
        type: 'step',
        action: 'path-dropped',
        subject: expect.stringMatching(/^[0-9a-f]{8}:.*\/large\.bin$/) as string,
      }),
    );
    expect(events.at(-1)).toMatchObject({ repair: 'snapshots', snapshotsReplaced: 1 });
    expect((await run('repair', 'index')).exitCode).toBe(0);
    expect((await run('check')).exitCode).toBe(0);
  });

  test('snapshots will not drop and fill at once, and finds no snapshot that is none', async () => {
    await expect(run('repair', 'snapshots', '--drop', '--zero-fill')).rejects.toThrow(
      '--zero-fill',
    );
    await expect(run('repair', 'snapshots', 'ffff')).rejects.toMatchObject({
      code: 'snapshot/not-found',
    });
    await expect(run('repair', 'packs', 'ffff')).rejects.toMatchObject({ code: 'usage' });
  });

  test('records makes settings that can be read again', async () => {
    const [key = ''] = await keysUnder(new DirectoryStore(place), 'config/');
    await flip(new DirectoryStore(place), key, -5);
    await expect(run('repair', 'index')).rejects.toMatchObject({ code: 'object/segment' });
    const { exitCode, stderr } = await run('repair', 'records');
    expect(exitCode).toBe(0);
    expect(stderr).toContain('settings were lost');
    expect((await run('check')).exitCode).toBe(0);
  });

  test('objects refuses a store that keeps no versions', async () => {
    const objects = runHere([addRepair], folder, ['repair', 'objects', '--vault', place]);
    await expect(objects).rejects.toMatchObject({ code: 'store/config' });
  });
});

describe('cybs3 check', () => {
  test('remembers on this machine what it verified', async () => {
    const first = await run('check', '--max-duration', '0');
    expect(first.stdout).toMatch(/read +.* in 1 pack\n/);
    expect(first.stdout).not.toContain('every pack');
    expect((await run('check', '--max-duration', '1h')).stdout).toMatch(
      /verified +every pack, since \d{4}-\d\d-\d\d .* or later\n/,
    );
    const names = readdirSync(join(folder, 'state'));
    expect(names).toContainEqual(expect.stringMatching(/^verified-[0-9a-f]{32}$/));
  });
});
