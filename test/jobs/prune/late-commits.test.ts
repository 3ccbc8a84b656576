import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { StorableBytes } from '../../../src/base/brand.ts';
import type { ObjectStore } from '../../../src/store/port.ts';
import { listSnapshots } from '../../../src/jobs/snapshots.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { backUp, random } from '../../support/test-vault.ts';
import { tree } from '../../support/tree.ts';
import { findingsOf } from '../snapshot-contents.ts';
import { GRACE_MS, HOUR_MS, TimedVault } from './prune-vault.ts';

const folder = temporaryFolder();
const DAY_MS = 24 * HOUR_MS;
let trees = 0;

/** A backup of a folder with a file of its own. */
async function save(timed: TimedVault) {
  await using vault = await timed.open();
  return await backUp(vault, [tree(join(folder, `${trees++}`), { a: random(100_000) })]);
}

async function look(timed: TimedVault) {
  await using vault = await timed.open();
  const ids = (await listSnapshots(vault)).map(({ id }) => id);
  return { ids, findings: await findingsOf(vault) };
}

/** The next snapshot is given to `onPut` in place of the store. */
function interceptSnapshot(timed: TimedVault, onPut: ObjectStore['put']): void {
  const put = timed.store.put.bind(timed.store);
  timed.store.put = async (key, bytes, options) => {
    if (!key.startsWith('snapshots/')) return put(key, bytes, options);
    timed.store.put = put;
    return onPut(key, bytes, options);
  };
}

test('a snapshot stored by a machine that slept, woke up and died does not count', async () => {
  const timed = await TimedVault.create();
  const first = (await save(timed)).summary.snapshotId;
  const late: [string, StorableBytes][] = [];
  const remove = timed.store.delete.bind(timed.store);
  interceptSnapshot(timed, async (key, bytes) => {
    late.push([key, bytes]);
    // From here on the machine does nothing: what it announced stays announced.
    timed.store.delete = async () => undefined;
    throw new Error('asleep');
  });
  await expect(save(timed)).rejects.toThrow('asleep');
  timed.store.delete = remove;
  timed.wait(8 * DAY_MS);
  expect((await timed.prune()).packsCondemned).toBeGreaterThan(0);
  timed.wait(GRACE_MS + HOUR_MS);
  expect((await timed.prune()).packsDeleted).toBeGreaterThan(0);
  for (const [key, bytes] of late) await timed.store.put(key, bytes);
  expect(late).toHaveLength(1);
  expect(await look(timed)).toEqual({ ids: [first], findings: [] });
  expect(await timed.prune()).toMatchObject({ snapshotsDeleted: 1 });
});

test('a snapshot stored in time counts, though its announcement was never taken back', async () => {
  const timed = await TimedVault.create();
  const first = (await save(timed)).summary.snapshotId;
  const remove = timed.store.delete.bind(timed.store);
  timed.store.delete = async () => undefined;
  const second = (await save(timed)).summary.snapshotId;
  timed.store.delete = remove;
  for (let n = 0; n < 3; n++) {
    timed.wait(8 * DAY_MS);
    expect(await timed.prune()).toMatchObject({ packsCondemned: 0, packsDeleted: 0 });
  }
  expect(await look(timed)).toEqual({ ids: [first, second], findings: [] });
});

test('a backup that slept for days before its last step makes that step again', async () => {
  const timed = await TimedVault.create();
  const put = timed.store.put.bind(timed.store);
  interceptSnapshot(timed, async (...args) => {
    timed.wait(2 * DAY_MS);
    await put(...args);
  });
  const { summary, events } = await save(timed);
  expect(events.filter(({ type }) => type === 'notice')).toHaveLength(1);
  expect(await look(timed)).toEqual({ ids: [summary.snapshotId], findings: [] });
  expect(await timed.keys('snapshots/')).toHaveLength(1);
});
