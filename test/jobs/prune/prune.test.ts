import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { StorableBytes } from '../../../src/base/brand.ts';
import type { ObjectStore, StoredObject } from '../../../src/store/port.ts';
import { backUp, random } from '../../support/test-vault.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { tree } from '../../support/tree.ts';
import { findingsOf, savedContent } from '../snapshot-contents.ts';
import { GRACE_MS, HOUR_MS, TimedVault } from './prune-vault.ts';

const folder = temporaryFolder();
let trees = 0;

function files(contents: Parameters<typeof tree>[1]): string {
  return tree(join(folder, `tree-${trees++}`), contents);
}

/** Backs `root` up from a host of that name. */
async function save(timed: TimedVault, root: string, host = 'testhost') {
  await using vault = await timed.open();
  return (await backUp(vault, [root], { host })).summary.snapshotId ?? '';
}

async function contentOf(timed: TimedVault, root: string, name: string, id: string) {
  await using vault = await timed.open();
  return await savedContent(vault, root, name, id);
}

async function findings(timed: TimedVault) {
  await using vault = await timed.open();
  return await findingsOf(vault);
}

describe('a prune', () => {
  test('condemns what only a forgotten snapshot needs, and deletes it later', async () => {
    const timed = await TimedVault.create();
    const [kept, gone] = [random(300_000), random(3_000_000)];
    const root = files({ kept, gone });
    const first = await save(timed, root);
    rmSync(join(root, 'gone'));
    const second = await save(timed, root);
    await timed.forget(first);
    const before = await timed.packs();

    const condemning = await timed.prune();
    expect(condemning).toMatchObject({ packsDeleted: 0, snapshotsDeleted: 0 });
    expect(condemning.packsCondemned).toBeGreaterThan(0);
    expect(condemning.packsRepacked).toBeGreaterThan(0);
    expect(await timed.packs()).toEqual(expect.arrayContaining(before));

    timed.wait(GRACE_MS - HOUR_MS);
    expect(await timed.prune()).toMatchObject({ packsDeleted: 0, packsCondemned: 0 });

    timed.wait(2 * HOUR_MS);
    const deleting = await timed.prune();
    expect(deleting.packsDeleted).toBe(condemning.packsCondemned);
    expect(deleting.snapshotsDeleted).toBe(1);
    expect(deleting.bytesFreed).toBeGreaterThan(3_000_000);
    expect((await timed.packs()).filter((key) => before.includes(key))).not.toEqual(before);
    expect(await contentOf(timed, root, 'kept', second)).toEqual(Buffer.from(kept));
    expect(await findings(timed)).toEqual([]);
    expect(await timed.prune()).toMatchObject({
      packsDeleted: 0,
      packsCondemned: 0,
      bytesMoved: 0,
    });
  });

  test('deletes packs that no index file names, once they had a grace', async () => {
    const timed = await TimedVault.create();
    const root = files({ a: random(100_000) });
    await save(timed, root);
    await timed.store.put(`data/ab/ab${'0'.repeat(30)}`, random(1000) as never);
    expect(await timed.prune()).toMatchObject({ packsCondemned: 1, packsDeleted: 0 });
    timed.wait(GRACE_MS);
    expect(await timed.prune()).toMatchObject({ packsCondemned: 0, packsDeleted: 1 });
    expect(await findings(timed)).toEqual([]);
  });

  test('takes back what is needed again before its grace is over', async () => {
    const timed = await TimedVault.create();
    const content = random(2_000_000);
    const root = files({ content });
    const first = await save(timed, root);
    await save(timed, files({ other: random(1000) }), 'other');
    await timed.forget(first);
    expect((await timed.prune()).packsCondemned).toBeGreaterThan(0);
    timed.wait(HOUR_MS);
    const again = await save(timed, root);
    timed.wait(HOUR_MS);
    expect((await timed.prune()).packsPardoned).toBeGreaterThan(0);
    timed.wait(2 * GRACE_MS);
    await timed.prune();
    await timed.prune();
    expect(await contentOf(timed, root, 'content', again)).toEqual(Buffer.from(content));
    expect(await findings(timed)).toEqual([]);
  });

  test('that deletes what a running backup relies on makes it begin anew', async () => {
    const timed = await TimedVault.create();
    const content = random(2_000_000);
    const root = files({ content });
    const first = await save(timed, root);
    await save(timed, files({ other: random(1000) }), 'other');
    await timed.forget(first);
    let isPruned = false;
    const put = timed.store.put.bind(timed.store);
    const store: ObjectStore = Object.assign(Object.create(timed.store) as ObjectStore, {
      capabilities: timed.store.capabilities,
      location: timed.store.location,
      get: timed.store.get.bind(timed.store),
      head: timed.store.head.bind(timed.store),
      list: timed.store.list.bind(timed.store),
      delete: timed.store.delete.bind(timed.store),
      close: timed.store.close.bind(timed.store),
      put: async (...args: Parameters<ObjectStore['put']>) => {
        if (args[0].startsWith('gc/') && !isPruned) {
          isPruned = true;
          expect((await timed.prune({ graceMs: 0 })).packsDeleted).toBeGreaterThan(0);
        }
        return put(...args);
      },
    });
    await using vault = await timed.open(store);
    const { summary, events } = await backUp(vault, [root]);
    expect(isPruned).toBe(true);
    expect(events.filter(({ type }) => type === 'notice')).toHaveLength(1);
    const id = summary.snapshotId ?? '';
    expect(await contentOf(timed, root, 'content', id)).toEqual(Buffer.from(content));
    expect(await findings(timed)).toEqual([]);
  });

  test('with a shorter grace deletes what an earlier one condemned for longer', async () => {
    const timed = await TimedVault.create();
    const root = files({ a: random(1_000_000) });
    const first = await save(timed, root);
    writeFileSync(join(root, 'a'), random(1_000_000));
    await save(timed, root);
    await timed.forget(first);
    const { packsCondemned } = await timed.prune();
    expect(packsCondemned).toBeGreaterThan(0);
    timed.wait(HOUR_MS);
    expect(await timed.prune({ graceMs: 0 })).toMatchObject({ packsDeleted: packsCondemned });
    expect(await findings(timed)).toEqual([]);
  });

  test('of which nothing is carried out says what it would free', async () => {
    const timed = await TimedVault.create();
    const root = files({ a: random(1_000_000) });
    const first = await save(timed, root);
    writeFileSync(join(root, 'a'), random(1_000_000));
    await save(timed, root);
    await timed.forget(first);
    const before = await timed.keys('');
    const { summary, plans } = await timed.pruneEvents({ dryRun: true });
    expect(summary).toBeUndefined();
    expect(plans[0]?.condemn.bytes).toBeGreaterThan(1_000_000);
    expect(await timed.keys('')).toEqual(before);
  });
});

test('a prune bears a store that dates a snapshot from before it could be listed', async () => {
  const timed = await TimedVault.create();
  const root = files({ a: random(1000) });
  const late = await save(timed, root);
  await save(timed, root);
  const list = timed.store.list.bind(timed.store);
  timed.store.list = async function* (prefix, signal) {
    const isMissed = prefix === 'snapshots/';
    if (isMissed) timed.store.list = list;
    for await (const object of list(prefix, signal)) {
      if (!isMissed || !object.key.endsWith(late)) yield object;
    }
  };
  expect(await timed.prune()).toMatchObject({ packsDeleted: 0 });
});

/** While the snapshots are listed for the next time, the host backs up twice; the listing has only the second. */
function saveTwiceWhileListed(timed: TimedVault, root: string): void {
  const list = timed.store.list.bind(timed.store);
  timed.store.list = async function* (prefix, signal) {
    if (prefix !== 'snapshots/') return yield* list(prefix, signal);
    timed.store.list = list;
    const missed = await save(timed, root);
    await save(timed, root);
    for await (const object of list(prefix, signal)) {
      if (!object.key.endsWith(missed)) yield object;
    }
  };
}

/** Backs `root` up, forgets that, and takes the packs away. @returns the index files that still name them */
async function saveAndLose(timed: TimedVault, root: string): Promise<[string, StorableBytes][]> {
  await timed.forget(await save(timed, root, 'elsewhere'));
  for (const key of await timed.packs()) await timed.store.delete(key);
  const files: [string, StorableBytes][] = [];
  for (const key of await timed.keys('index/')) {
    files.push([key, (await timed.store.get(key)) as StorableBytes]);
    await timed.store.delete(key);
  }
  return files;
}

test('a prune finds a chunk in a new pack, where older ones that had it are gone', async () => {
  const timed = await TimedVault.create();
  const root = files({ content: random(200_000) });
  const old = [];
  for (let n = 0; n < 4; n++) old.push(...(await saveAndLose(timed, root)));
  await save(timed, root);
  // As a host does that slept for long, and goes on with what it knew.
  for (const [key, bytes] of old) await timed.store.put(key, bytes);
  const list = timed.store.list.bind(timed.store);
  timed.store.list = async function* (prefix, signal) {
    // What has just come is not in the long listing yet.
    if (prefix !== 'data/') yield* list(prefix, signal);
  };
  expect(await timed.prune()).toMatchObject({ packsDeleted: 0 });
});

test('a prune knows a snapshot that was put during the listing from one that is gone', async () => {
  const timed = await TimedVault.create();
  const root = files({ a: random(1000) });
  await save(timed, root);
  timed.wait(HOUR_MS);
  saveTwiceWhileListed(timed, root);
  expect(await timed.prune()).toMatchObject({ packsCondemned: 0 });
});

test('a prune that slept since it listed packs says that another one was at work', async () => {
  const timed = await TimedVault.create();
  await save(timed, files({ a: random(1000) }));
  const listed: StoredObject[] = [];
  for await (const object of timed.store.list('meta/')) listed.push(object);
  for (const { key } of listed) await timed.store.delete(key);
  await expect(timed.prune()).rejects.toMatchObject({ code: 'vault/contradiction' });
  const list = timed.store.list.bind(timed.store);
  timed.store.list = async function* (prefix, signal) {
    if (prefix === 'meta/') yield* listed;
    else yield* list(prefix, signal);
  };
  await expect(timed.prune()).rejects.toMatchObject({ code: 'vault/busy' });
});

test('a prune that finds an index file gone says that another one was at work', async () => {
  const timed = await TimedVault.create();
  await save(timed, files({ a: random(1000) }));
  const list = timed.store.list.bind(timed.store);
  timed.store.list = async function* (prefix, signal) {
    for await (const object of list(prefix, signal)) {
      yield object;
      if (prefix === 'index/') await timed.store.delete(object.key);
    }
  };
  await expect(timed.prune()).rejects.toMatchObject({ code: 'vault/busy' });
});

describe('a prune refuses', () => {
  test('where a snapshot is gone that nobody forgot', async () => {
    const timed = await TimedVault.create();
    const root = files({ a: random(1000) });
    const first = await save(timed, root);
    await save(timed, root);
    await timed.store.delete(`snapshots/${first}`);
    await expect(timed.prune()).rejects.toMatchObject({ code: 'vault/contradiction' });
  });

  test('where a snapshot is there and not listed', async () => {
    const timed = await TimedVault.create();
    const root = files({ a: random(1000) });
    const hidden = await save(timed, root);
    await save(timed, root);
    timed.wait(2 * HOUR_MS);
    const list = timed.store.list.bind(timed.store);
    timed.store.list = async function* (...args) {
      for await (const object of list(...args)) if (!object.key.endsWith(hidden)) yield object;
    };
    await expect(timed.prune()).rejects.toMatchObject({ code: 'vault/contradiction' });
  });

  test('where a first backup may be under way, and says so', async () => {
    const timed = await TimedVault.create();
    await save(timed, files({ a: random(1000) }));
    for (const key of await timed.keys('snapshots/')) await timed.store.delete(key);
    timed.wait(24 * HOUR_MS);
    await expect(timed.prune()).rejects.toMatchObject({ code: 'vault/busy' });
    timed.wait(7 * 24 * HOUR_MS);
    await expect(timed.prune()).rejects.toMatchObject({ code: 'vault/contradiction' });
  });

  test('where all snapshots, or all packs, or the index are not listed', async () => {
    for (const prefix of ['snapshots/', 'data/', 'index/']) {
      const timed = await TimedVault.create();
      await save(timed, files({ a: random(1000) }));
      timed.wait(8 * 24 * HOUR_MS);
      for (const key of await timed.keys(prefix)) await timed.store.delete(key);
      const packs = await timed.packs();
      await expect(timed.prune()).rejects.toMatchObject({ code: 'vault/contradiction' });
      expect(await timed.packs()).toEqual(packs);
    }
  });

  test('where a pack is there and not listed', async () => {
    const timed = await TimedVault.create();
    await save(timed, files({ a: random(1000) }));
    const [hidden] = await timed.keys('data/');
    const list = timed.store.list.bind(timed.store);
    timed.store.list = async function* (...args) {
      for await (const object of list(...args)) if (object.key !== hidden) yield object;
    };
    await expect(timed.prune()).rejects.toMatchObject({ code: 'vault/contradiction' });
  });
});
