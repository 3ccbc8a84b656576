import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { ObjectKind } from '../../src/crypto/sealed/header.ts';
import type { CheckEvidence, DrillEvidence } from '../../src/format/documents/evidence.ts';
import { encodeJson } from '../../src/format/documents/json.ts';
import { findHeads, listHeads } from '../../src/jobs/status/heads.ts';
import { loadHistory } from '../../src/jobs/status/load-history.ts';
import type { StatusReport } from '../../src/jobs/status/report.ts';
import { MAX_AGES_DEFAULT } from '../../src/jobs/status/report.ts';
import type { StatusOptions } from '../../src/jobs/status/status.ts';
import { status } from '../../src/jobs/status/status.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { forgetSnapshots, tombstoneOf } from '../../src/vault/gc/forget-snapshots.ts';
import { loadEvidence, saveEvidence } from '../../src/vault/history/evidence.ts';
import { saveSealedFile } from '../../src/vault/sealed-file.ts';
import { toPathKey } from '../../src/files/path.ts';
import type { SavedSnapshot } from '../../src/vault/snapshots.ts';
import { loadSnapshot } from '../../src/vault/snapshots.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { madeSnapshot } from './forget/made-snapshots.ts';
import { TimedVault } from './prune/prune-vault.ts';
import { flip, keysUnder, overwrite } from '../support/test-vault.ts';
import { saveSnapshot } from '../support/save-snapshot.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const folder = '/home/me';
let timed: TimedVault;
let vault: Vault;

beforeEach(async () => {
  newest = new Map();
  timed = await TimedVault.create();
  vault = await timed.open();
});

function report(options: Partial<StatusOptions> = {}): Promise<StatusReport> {
  return status(vault, { maxAges: MAX_AGES_DEFAULT, ...options });
}

/** What each host saved last. */
let newest: Map<string, SavedSnapshot>;

/** As a backup, but for the files. @returns the snapshot's id */
async function save(host = 'web', more: { timeMs?: number; roots?: string[] } = {}) {
  const { roots = [folder], timeMs = timed.clock() } = more;
  const before = newest.get(host);
  const chain = before
    ? { sequence: before.snapshot.chain.sequence + 1, previous: idOf(before) }
    : { sequence: 0 };
  const keys = roots.map((root) => toPathKey(Buffer.from(root)));
  const saved = await saveSnapshot(vault, madeSnapshot({ timeMs, host, roots: keys, chain }));
  newest.set(host, saved);
  return saved.id;
}

function idOf({ id, sha256 }: SavedSnapshot) {
  return { id, sha256 };
}

const common = { durationMs: 5, program: 'test' };

function checked(host: string, errors = 0): CheckEvidence {
  const counts = { errors, warnings: 0, snapshots: 1, packs: 2, packsRead: 0, bytesRead: 0 };
  return { type: 'check', timeMs: timed.clock(), host, ...common, ...counts };
}

function drilled(snapshotHost: string, filesFailed = 0): DrillEvidence {
  return {
    type: 'drill',
    timeMs: timed.clock(),
    host: 'desk',
    ...common,
    snapshot: 'ab'.repeat(16),
    snapshotHost,
    snapshotTimeMs: 5,
    filesRestored: 1,
    bytesRestored: 3,
    filesFailed,
    filesSameOnDisk: 1,
    filesDifferOnDisk: 0,
    digest: 'cd'.repeat(32),
    files: [{ path: '/etc/a "b"', bytes: 3, sha256: 'ef'.repeat(32) }],
  };
}

describe('what is overdue', () => {
  test('a fresh backup is not, nor is the check that was never made yet', async () => {
    await save();
    const { isOverdue, hosts, check, alarms } = await report();
    expect({ isOverdue, alarms }).toEqual({ isOverdue: false, alarms: [] });
    expect(hosts).toHaveLength(1);
    expect(hosts[0]?.backups[0]).toMatchObject({ snapshots: 1, newest: { files: 1, bytes: 1 } });
    expect(check).toEqual({ isOverdue: false, dueMs: expect.any(Number) });
  });

  test('a backup is after 26 hours, for each host and its paths', async () => {
    await save('web');
    await save('web', { roots: [join(folder, 'a')] });
    await save('desk');
    timed.wait(20 * HOUR_MS);
    await save('web');
    timed.wait(7 * HOUR_MS);
    const { hosts, isOverdue } = await report();
    const late = hosts.map(({ host, backups }) => [host, backups.map((one) => one.isOverdue)]);
    expect(late).toEqual([
      ['desk', [true]],
      ['web', [false, true]],
    ]);
    expect(isOverdue).toBe(true);
  });

  test('nothing is that nobody asks for', async () => {
    await save('web');
    timed.wait(1000 * DAY_MS);
    const maxAges = { backupMs: Infinity, checkMs: Infinity, drillMs: Infinity };
    expect(await report({ maxAges })).toMatchObject({ isOverdue: false });
    expect(await report({ maxAges: { ...maxAges, drillMs: DAY_MS } })).toMatchObject({
      isOverdue: true,
      drill: { isOverdue: true },
      check: { isOverdue: false },
    });
  });

  test('a backup that says it is of times to come does not hide that none came', async () => {
    await save('web', { timeMs: timed.clock() + 900 * DAY_MS });
    expect(await report()).toMatchObject({ isOverdue: false });
    timed.wait(2 * DAY_MS);
    expect(await report()).toMatchObject({ isOverdue: true });
  });

  test('a vault without backups is, and a host that is asked for and has none', async () => {
    expect(await report()).toMatchObject({ isOverdue: true, neverBackedUp: ['any host'] });
    await save('web');
    const filter = { hosts: ['web', 'mail'] };
    expect(await report({ filter })).toMatchObject({ isOverdue: true, neverBackedUp: ['mail'] });
    expect(await report({ filter: { hosts: ['web'] } })).toMatchObject({ isOverdue: false });
  });

  test('checks and drills count from the first backup, and one is for all', async () => {
    await save('web');
    timed.wait(40 * DAY_MS);
    await save('web');
    expect(await report()).toMatchObject({ isOverdue: true, check: { isOverdue: true } });
    await saveEvidence(vault, checked('desk'));
    await saveEvidence(vault, drilled('web'));
    const { isOverdue, check, drill, hosts } = await report();
    expect({ isOverdue, check, drill }).toMatchObject({
      isOverdue: false,
      check: { host: 'desk', result: 'no errors, structure only' },
      drill: { host: 'desk', result: '1 files restored' },
    });
    expect(hosts[0]).toMatchObject({ host: 'web', drillMs: expect.any(Number) });
    expect(hosts[0]).not.toHaveProperty('checkMs');
    timed.wait(32 * DAY_MS);
    expect((await report()).check.isOverdue).toBe(true);
  });
});

describe('what is an alarm', () => {
  const reasons = async () => (await report()).alarms.map(({ reason }) => reason);

  test('a snapshot that another came after, and that is gone', async () => {
    const first = await save();
    await save();
    await vault.store.delete(`snapshots/${first}`);
    expect(await reasons()).toEqual(['snapshot-missing']);
  });

  test('not one that was forgotten', async () => {
    const first = await save();
    await save();
    const snapshot = await loadSnapshot(vault, first);
    await forgetSnapshots(vault, [tombstoneOf(snapshot)], { graceMs: 0 });
    await vault.store.delete(`snapshots/${first}`);
    expect(await reasons()).toEqual([]);
  });

  test('a snapshot that cannot be read', async () => {
    const first = await save();
    await save();
    await flip(vault.store, `snapshots/${first}`, -1);
    expect(await reasons()).toEqual(['snapshot-damaged']);
  });

  test('a check or a drill that failed, until one does not', async () => {
    await save();
    await saveEvidence(vault, checked('desk', 3));
    await saveEvidence(vault, drilled('web', 1));
    expect(await reasons()).toEqual(['check-failed', 'drill-failed']);
    await saveEvidence(vault, checked('web'));
    await saveEvidence(vault, drilled('web'));
    expect(await reasons()).toEqual([]);
  });
});

describe('evidence', () => {
  test('comes back as it was written, newest first', async () => {
    const [one, two] = [drilled('web'), checked('web')];
    await saveEvidence(vault, one);
    await saveEvidence(vault, two);
    expect((await loadEvidence(vault)).map(({ evidence }) => evidence)).toEqual([two, one]);
  });

  test('that is put again later does not look new', async () => {
    await save();
    await saveEvidence(vault, checked('web'));
    const [key = ''] = await keysUnder(vault.store, 'evidence/');
    timed.wait(40 * DAY_MS);
    await overwrite(vault.store, key, await vault.store.get(key));
    expect((await report()).check.isOverdue).toBe(true);
  });

  test('is kept for the last few times of each host and type only', async () => {
    for (let n = 0; n < 7; n++) await saveEvidence(vault, checked('web'));
    await saveEvidence(vault, checked('desk'));
    await saveEvidence(vault, drilled('web'));
    expect(await keysUnder(vault.store, 'evidence/')).toHaveLength(6);
  });

  test('that is damaged, of another kind or of a later program says nothing', async () => {
    await saveEvidence(vault, checked('web'));
    const [key = ''] = await keysUnder(vault.store, 'evidence/');
    await flip(vault.store, key, -1);
    const [settings = ''] = await keysUnder(vault.store, 'config/');
    const name = settings.slice('config/'.length);
    await overwrite(vault.store, `evidence/${name}`, await vault.store.get(settings));
    const later = encodeJson({
      version: 1,
      type: 'dream',
      timeMs: 1,
      durationMs: 1,
      host: 'a',
      program: 'b',
    });
    await saveSealedFile(vault, 'evidence/', ObjectKind.config, later);
    expect(await keysUnder(vault.store, 'evidence/')).toHaveLength(3);
    expect(await loadEvidence(vault)).toEqual([]);
  });
});

describe('the code of the newest snapshot', () => {
  const heads = async () => listHeads(vault, await loadHistory(vault));
  const find = async (code: string) => findHeads(vault, await loadHistory(vault), [code])[0];

  test('is found again as long as the vault knows that snapshot', async () => {
    await save('web');
    const id = await save('web');
    await save('desk');
    const all = await heads();
    expect(all.map(({ host }) => host)).toEqual(['desk', 'web']);
    const code = all[1]?.code ?? '';
    expect(await find(code)).toMatchObject({ isForgotten: false, newer: 0, snapshot: { id } });
    await save('web');
    expect(await find(code)).toMatchObject({ isForgotten: false, newer: 1, snapshot: { id } });
    const snapshot = await loadSnapshot(vault, id);
    await forgetSnapshots(vault, [tombstoneOf(snapshot)], { graceMs: 0 });
    await vault.store.delete(`snapshots/${id}`);
    expect(await find(code)).toMatchObject({ isForgotten: true, snapshot: { id } });
  });

  test('is not found in an older state of the vault', async () => {
    const id = await save('web');
    await save('web');
    const [head] = await heads();
    await vault.store.delete(`snapshots/${head?.id}`);
    expect(await find(head?.code ?? '')).toEqual({
      code: head?.code,
      isForgotten: false,
      newer: 0,
    });
    expect((await heads())[0]?.id).toBe(id);
  });

  test('has to be one', async () => {
    await expect(find('hello')).rejects.toMatchObject({ code: 'usage' });
  });
});

test('a store that tells no times is believed what the hosts say', async () => {
  const plain = new MemoryStore();
  for (const key of await keysUnder(timed.store, '')) {
    await overwrite(plain, key, await timed.store.get(key));
  }
  vault = await timed.open(plain);
  await save('web');
  await saveEvidence(vault, checked('web'));
  expect(await report()).toMatchObject({ isOverdue: false, check: { host: 'web' } });
});
