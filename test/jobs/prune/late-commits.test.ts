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

/** A backup that is announced, and whose snapshot is stored days later by hand: its machine slept, woke up and died. */
async function saveLate(timed: TimedVault, meanwhile: () => Promise<void>): Promise<void> {
  const late: [string, StorableBytes][] = [];
  const remove = timed.store.delete.bind(timed.store);
  interceptSnapshot(timed, async (key, bytes) => {
    late.push([key, bytes]);
    timed.store.delete = async () => undefined;
    throw new Error('asleep');
  });
  await expect(save(timed)).rejects.toThrow('asleep');
  timed.store.delete = remove;
  await meanwhile();
  for (const [key, bytes] of late) await timed.store.put(key, bytes);
  expect(late).toHaveLength(1);
}

test('a snapshot that came too late and is not whole keeps no prune from its work', async () => {
  const timed = await TimedVault.create();
  const first = (await save(timed)).summary.snapshotId;
  await saveLate(timed, async () => {
    timed.wait(8 * DAY_MS);
    expect((await timed.prune()).packsCondemned).toBeGreaterThan(0);
    timed.wait(GRACE_MS + HOUR_MS);
    expect((await timed.prune()).packsDeleted).toBeGreaterThan(0);
  });
  expect((await look(timed)).ids).toHaveLength(2);
  await timed.prune();
  expect(await look(timed)).toEqual({ ids: [first], findings: [] });
  expect(await timed.prune()).toMatchObject({ snapshotsDeleted: 1 });
  timed.wait(35 * DAY_MS);
  await timed.prune();
  // The tombstone, and that of the prune's own run.
  expect(await timed.keys('gc/')).toHaveLength(2);
});

test('a snapshot that came too late and is whole stays', async () => {
  const timed = await TimedVault.create();
  await save(timed);
  await saveLate(timed, async () => timed.wait(8 * DAY_MS));
  for (let n = 0; n < 3; n++) {
    expect(await timed.prune()).toMatchObject({ packsCondemned: 0, packsDeleted: 0 });
    timed.wait(8 * DAY_MS);
  }
  const { ids, findings } = await look(timed);
  expect([ids.length, findings]).toEqual([2, []]);
});

test('a lost snapshot that was stored in time is a contradiction still', async () => {
  const timed = await TimedVault.create();
  await save(timed);
  const packs = await timed.packs();
  const remove = timed.store.delete.bind(timed.store);
  timed.store.delete = async () => undefined;
  await save(timed);
  timed.store.delete = remove;
  timed.wait(8 * DAY_MS);
  for (const key of await timed.packs()) if (!packs.includes(key)) await remove(key);
  await expect(timed.prune()).rejects.toMatchObject({ code: 'vault/contradiction' });
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
    timed.wait(7 * DAY_MS);
    await put(...args);
  });
  const { summary, events } = await save(timed);
  expect(events.filter(({ type }) => type === 'notice')).toHaveLength(1);
  expect(await look(timed)).toEqual({ ids: [summary.snapshotId], findings: [] });
  expect(await timed.keys('snapshots/')).toHaveLength(1);
});
