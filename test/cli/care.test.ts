/** The alarm for vanished snapshots, `status` and `drill`, as they are typed. */
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { addDrill } from '../../src/cli/commands/care/drill.ts';
import { addStatus } from '../../src/cli/commands/care/status.ts';
import { addCheck } from '../../src/cli/commands/check.ts';
import { addForget } from '../../src/cli/commands/keep/forget.ts';
import { addPrune } from '../../src/cli/commands/keep/prune.ts';
import { addLs } from '../../src/cli/commands/ls.ts';
import { addSnapshots } from '../../src/cli/commands/snapshots.ts';
import { DirectoryStore } from '../../src/store/directory.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { backUp, flip, keysUnder, newVault, reopen, WORDS } from '../support/test-vault.ts';
import type { Ran } from './support/in-process.ts';
import { runCommand } from './support/in-process.ts';

const folder = temporaryFolder();
const files = join(folder, 'files');
const COMMANDS = [addStatus, addDrill, addCheck, addForget, addPrune, addLs, addSnapshots];

beforeAll(() => {
  writeFileSync(join(folder, 'words'), WORDS, { mode: 0o600 });
  mkdirSync(files);
  for (let n = 0; n < 5; n++) writeFileSync(join(files, `f${n}`), `content ${n}`);
});

interface Place {
  readonly store: DirectoryStore;
  readonly ids: readonly string[];
  /** Runs a command on this vault, on the machine of that name. */
  readonly run: (argv: readonly string[], machine?: string) => Promise<Ran>;
}

/** A vault of its own, with so many snapshots of this machine. */
async function place(name: string, snapshots: number): Promise<Place> {
  const path = join(folder, name);
  const store = new DirectoryStore(path);
  const vault = await newVault(store);
  const ids: string[] = [];
  for (let n = 0; n < snapshots; n++) {
    const options = { host: hostname(), timeMs: Date.now() };
    ids.push((await backUp(vault, [files], options)).summary.snapshotId ?? '');
  }
  const unlock = ['--vault', path, '--mnemonic-file', join(folder, 'words')];
  const run = (argv: readonly string[], machine = 'a') => {
    const env = { CYBS3_STATE_DIR: join(folder, `state-${name}-${machine}`) };
    return runCommand(COMMANDS, [...argv, ...unlock], { cwd: folder, env });
  };
  return { store, ids, run };
}

describe('a snapshot that vanished', () => {
  test('is an alarm of every command that lists, until its loss is accepted', async () => {
    const { store, ids, run } = await place('vanished', 3);
    const gone = ids[2] ?? '';
    expect(await run(['snapshots'])).toMatchObject({ exitCode: 0, stderr: '3 snapshots\n' });
    await store.delete(`snapshots/${gone}`);

    const what = '1 snapshot that this machine has seen is gone, not forgotten';
    const alarm = `cybs3: ALARM: ${what}: ${gone.slice(0, 8)} of`;
    expect((await run(['snapshots'])).stderr).toContain(alarm);
    expect((await run(['ls', 'latest', '--quiet'])).stderr).toContain(alarm);
    expect((await run(['snapshots'], 'b')).stderr, 'of another machine').toBe('2 snapshots\n');

    const json = await run(['snapshots', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ type: 'snapshots' });
    expect(JSON.parse(json.stderr)).toMatchObject({
      schema: 'cybs3/v1',
      type: 'alarm',
      reason: 'snapshot-missing',
      snapshots: [{ id: gone, host: hostname() }],
    });

    const check = await run(['check']);
    expect(check.exitCode).toBe(13);
    expect(check.stdout).toMatch(/^DAMAGED: 1 error/);
    expect(check.stderr).toContain(`error: snapshot ${gone}: this machine has seen it`);
    expect(await run(['status'])).toMatchObject({ exitCode: 13 });
    expect((await run(['prune'])).error).toMatchObject({ code: 'vault/contradiction' });

    expect((await run(['forget', '--missing'])).error).toBeUndefined();
    expect(await run(['snapshots'])).toMatchObject({ exitCode: 0, stderr: '2 snapshots\n' });
    expect(await run(['check'])).toMatchObject({ exitCode: 0 });
    expect((await run(['prune'])).error).toBeUndefined();
    expect(await run(['status'])).toMatchObject({ exitCode: 0 });
  });

  test('is remembered in a file that nobody else can read', async () => {
    const { run } = await place('file', 1);
    await run(['snapshots']);
    const state = join(folder, 'state-file-a');
    const [name = ''] = readdirSync(state);
    expect(name).toMatch(/^seen-[0-9a-f]{32}$/);
    if (process.platform === 'win32') return;
    expect(statSync(join(state, name)).mode & 0o777).toBe(0o600);
    expect(statSync(state).mode & 0o777).toBe(0o700);
  });

  test('is no alarm, and no obstacle, where the state folder cannot be written', async () => {
    const { run } = await place('nowhere', 1);
    writeFileSync(join(folder, 'state-nowhere-a'), 'a file, not a folder');
    expect(await run(['snapshots'])).toMatchObject({ exitCode: 0, stderr: '1 snapshot\n' });
  });
});

describe('status', () => {
  test('tells what was done last, what is due, and by its exit code what is overdue', async () => {
    const { run } = await place('told', 1);
    const fresh = await run(['status']);
    expect(fresh.exitCode).toBe(0);
    expect(fresh.stdout).toMatch(/^all is well\n\nhost +last backup +age +next due/);
    expect(fresh.stdout).toMatch(/^check +never/m);
    const late = await run(['status', '--max-age-backup', '0']);
    expect(late.exitCode).toBe(1);
    expect(late.stdout).toMatch(/^OVERDUE\n/);
    expect(await run(['status', '--max-age-backup', 'off'])).toMatchObject({ exitCode: 0 });

    await run(['check', '--read-data']);
    await run(['prune']);
    const { stdout } = await run(['status', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'cybs3/v1',
      type: 'status',
      overdue: false,
      alarms: [],
      hosts: [{ host: hostname(), backups: [{ snapshots: 1, newest: { files: 5 } }] }],
      check: { overdue: false, host: hostname(), result: expect.stringMatching(/^no errors/) },
      prune: { overdue: false, host: hostname() },
      drill: { overdue: false },
    });
  });

  test('tells of each host what it did, where there are several', async () => {
    const { store, run } = await place('several', 1);
    await backUp(await reopen(store), [files], { host: 'web', timeMs: Date.now() });
    await run(['check']);
    const { stdout } = await run(['status']);
    expect(stdout).toMatch(/^host +checked the vault +was drilled +pruned the vault$/m);
    expect(stdout).toMatch(/^web +never +never +never$/m);
    expect(stdout).toMatch(new RegExp(`^${hostname()} +\\d{4}-.* +never +never$`, 'm'));
  });

  test('fails for a host that is asked for and never saved anything', async () => {
    const { run } = await place('never', 1);
    const { exitCode, stdout } = await run(['status', '--host', 'mail']);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('no backup of mail: OVERDUE\n');
  });

  test('gives out codes, and knows them again', async () => {
    const { store, ids, run } = await place('heads', 2);
    const { stdout, error } = await run(['status', '--head']);
    expect(error).toBeUndefined();
    expect(stdout).toMatch(/^code +host/);
    const [code = ''] = /^\S{4}(-\S{4}){3}(?= )/m.exec(stdout) ?? [];
    expect(await run(['status', '--head', code.toLowerCase()])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(`there, the newest: ${ids[1]?.slice(0, 8)} of`),
    });
    await store.delete(`snapshots/${ids[1]}`);
    const lost = await run(['status', '--head', code, '--json'], 'b');
    expect(lost.exitCode).toBe(13);
    expect(JSON.parse(lost.stdout)).toMatchObject({ found: [{ code, state: 'unknown' }] });
    expect((await run(['status', '--head', 'nonsense'])).error).toMatchObject({ code: 'usage' });
  });
});

describe('drill', () => {
  test('restores, compares, cleans up, and records that it did', async () => {
    const { store, ids, run } = await place('drill', 1);
    const tmp = join(folder, 'tmp');
    mkdirSync(tmp);
    const done = await run(['drill', '--tmp-dir', tmp, '--evidence', 'evidence.json']);
    expect(done).toMatchObject({ exitCode: 0, stderr: '' });
    expect(done.stdout).toMatch(/^the drill succeeded\n/);
    expect(done.stdout).toMatch(/on this disk +5 the same\n/);
    expect(readdirSync(tmp)).toEqual([]);
    const evidence = JSON.parse(readFileSync(join(folder, 'evidence.json'), 'utf8')) as object;
    expect(evidence).toMatchObject({
      schema: 'cybs3/v1',
      type: 'drill',
      host: hostname(),
      snapshot: ids[0],
      filesRestored: 5,
      filesFailed: 0,
      filesSameOnDisk: 5,
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(evidence).toHaveProperty('files.length', 5);
    expect(await keysUnder(store, 'evidence/')).toHaveLength(1);
    const status = JSON.parse((await run(['status', '--json'])).stdout) as object;
    expect(status).toHaveProperty('drill.result', '5 files restored');
    expect(await run(['check']), 'nor is that record a stranger').toMatchObject({
      exitCode: 0,
      stderr: '',
    });
  });

  test('fails where the vault is damaged, and status says so until one succeeds', async () => {
    const { store, run } = await place('broken', 1);
    const [pack = ''] = await keysUnder(store, 'data/');
    await flip(store, pack, 150);
    const failed = await run(['drill', '--sample', '2']);
    expect(failed.exitCode).toBe(13);
    expect(failed.stdout).toMatch(/^the drill FAILED\n/);
    expect((await run(['status'])).stderr).toContain('ALARM: in the last drill');
    await flip(store, pack, 150);
    expect(await run(['drill', '--sample', '2'])).toMatchObject({ exitCode: 0 });
    expect(await run(['status'])).toMatchObject({ exitCode: 0 });
  });

  test('asks for a place where a folder can be made', async () => {
    const { run } = await place('placeless', 1);
    const { error } = await run(['drill', '--tmp-dir', join(folder, 'no', 'such')]);
    expect(error).toMatchObject({ code: 'files/write' });
  });
});

test('a check by somebody who may not write is a check all the same', async () => {
  const { store, run } = await place('readonly', 1);
  // Who can't read the settings can't know how to write.
  const [key = ''] = await keysUnder(store, 'config/');
  const vault = await reopen(store);
  await store.delete(key);
  await store.put(key, (await store.get('vault.json')) as never);
  expect(vault.vaultId).toMatch(/^[0-9a-f]{32}$/);
  const { stderr } = await run(['check']);
  expect(stderr).toContain('this check is not recorded in the vault:');
  expect(await keysUnder(store, 'evidence/')).toEqual([]);
  rmSync(join(folder, 'readonly'), { recursive: true });
});
