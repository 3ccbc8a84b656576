import { beforeAll, describe, expect, test } from 'vitest';
import type { MemoryStore } from '../../../src/store/memory.ts';
import { loadGcState } from '../../../src/vault/gc/gc-state.ts';
import { listSnapshots } from '../../../src/vault/snapshots.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import {
  backUp,
  copyOf,
  flip,
  keysUnder,
  reopen,
  swap,
  truncate,
} from '../../support/test-vault.ts';
import { entriesBelow, savedContent } from '../snapshot-contents.ts';
import type { SmallVault } from './fixture.ts';
import {
  contents,
  dataPacks,
  errors,
  fingerprint,
  mendIndex,
  mendPacks,
  mendSnapshots,
  smallVault,
} from './fixture.ts';

const folder = temporaryFolder();
let small: SmallVault;
let before: Map<string, string>;

beforeAll(async () => {
  small = await smallVault(folder);
  before = await contents(await reopen(small.store));
});

async function damaged(damage: (store: MemoryStore) => Promise<void>): Promise<Vault> {
  const store = await copyOf(small.store);
  await damage(store);
  return reopen(store);
}

/** `<time>:<path>` of what does not read back any more. */
async function lostIn(vault: Vault): Promise<string[]> {
  const now = await contents(vault);
  return [...before.keys()].filter((path) => now.get(path) !== before.get(path)).sort();
}

const longest = async (): Promise<string> => (await dataPacks(small.store))[0] ?? '';

describe('repair snapshots', () => {
  test('leaves out the files that lost something, and keeps everything else', async () => {
    const vault = await damaged(async (store) => store.delete(await longest()));
    const lost = await lostIn(vault);
    const { summary, steps } = await mendSnapshots(vault);
    expect(summary).toMatchObject({ snapshotsReplaced: 3, entriesDropped: lost.length });
    expect(summary.remaining).toBe(0);
    const dropped = steps.filter(({ action }) => action === 'path-dropped');
    expect(new Set(dropped.map(({ subject }) => subject.replace(/.*\//, '')))).toEqual(
      new Set(['shared.bin', 'small.txt', 'old.bin'].filter((name) => lost.join().includes(name))),
    );
    await mendIndex(vault);
    expect(await errors(vault)).toEqual([]);
    expect(await lostIn(vault)).toEqual(lost);
  });

  test('keeps time, host, tags and chain, and says that the snapshot is not complete', async () => {
    const old = await listSnapshots(await reopen(small.store));
    const vault = await damaged(async (store) => store.delete(await longest()));
    await mendSnapshots(vault);
    const now = await listSnapshots(vault);
    expect(now).toHaveLength(old.length);
    for (const [i, { snapshot }] of now.entries()) {
      const was = old[i]?.snapshot;
      const same = ['timeMs', 'host', 'user', 'tags', 'chain', 'roots'] as const;
      for (const name of same) expect(snapshot[name]).toEqual(was?.[name]);
      expect(snapshot.complete).toBe(false);
    }
  });

  test('forgets the damaged ones with the names of those that took their place', async () => {
    const vault = await damaged(async (store) => store.delete(await longest()));
    await mendSnapshots(vault);
    const { forgotten } = await loadGcState(vault);
    expect([...forgotten.keys()].sort()).toEqual([...small.ids].sort());
    const now = new Set((await listSnapshots(vault)).map(({ id }) => id));
    for (const { replacedBy } of forgotten.values()) expect(now).toContain(replacedBy);
    // Until a prune deletes them they can be had back.
    expect(await keysUnder(vault.store, 'snapshots/')).toHaveLength(6);
  });

  test('leaves snapshots alone that are whole', async () => {
    const vault = await damaged(async () => undefined);
    const is = await fingerprint(vault.store);
    const { summary } = await mendSnapshots(vault, {});
    expect(summary).toMatchObject({ snapshots: 3, snapshotsReplaced: 0, remaining: 0 });
    expect(await fingerprint(vault.store)).toBe(is);
  });

  test('in a dry run says the same and changes nothing', async () => {
    const vault = await damaged(async (store) => store.delete(await longest()));
    const is = await fingerprint(vault.store);
    const dry = await mendSnapshots(vault, { dryRun: true });
    expect(await fingerprint(vault.store)).toBe(is);
    const wet = await mendSnapshots(vault);
    for (const name of ['snapshotsReplaced', 'entriesDropped', 'filesZeroed'] as const) {
      expect(dry.summary[name]).toBe(wet.summary[name]);
    }
  });

  test('finishes what an interrupted run began', async () => {
    const vault = await damaged(async (store) => store.delete(await longest()));
    const { store } = vault;
    const put = store.put.bind(store);
    store.put = async (key, body, options) => {
      const isRecord = key.startsWith('gc/') && (await keysUnder(store, 'snapshots/')).length === 6;
      if (isRecord) throw new Error('the machine died');
      await put(key, body, options);
    };
    await expect(mendSnapshots(vault)).rejects.toThrow('died');
    store.put = put;
    expect(await listSnapshots(vault)).toHaveLength(6);
    const { summary } = await mendSnapshots(vault);
    expect(summary).toMatchObject({ snapshotsReplaced: 3, remaining: 0 });
    expect(await listSnapshots(vault)).toHaveLength(3);
    expect(await keysUnder(store, 'snapshots/')).toHaveLength(6);
  });

  test('only touches the snapshots that are named', async () => {
    const vault = await damaged(async (store) => store.delete(await longest()));
    const [id = ''] = small.ids;
    const { summary } = await mendSnapshots(vault, { selectors: [id.slice(0, 8)] });
    expect(summary.snapshotsReplaced).toBe(1);
    expect([...(await loadGcState(vault)).forgotten.keys()]).toEqual([id]);
  });
});

describe('two snapshots that changed places', () => {
  test('are both there again, under new names, and nothing is lost', async () => {
    const [a, b] = small.ids.map((id) => `snapshots/${id}`);
    const vault = await damaged((store) => swap(store, a ?? '', b ?? ''));
    expect(await listSnapshots(vault)).toHaveLength(1);
    const { summary, steps } = await mendSnapshots(vault, { forgetLost: true });
    expect(summary).toMatchObject({ snapshotsReplaced: 2, snapshotsForgotten: 0, remaining: 0 });
    expect(steps.map(({ action }) => action)).toEqual(['snapshot-replaced', 'snapshot-replaced']);
    expect(await lostIn(vault)).toEqual([]);
    expect(await errors(vault)).toEqual([]);
  });
});

describe('repair snapshots --zero-fill', () => {
  test('keeps a file with zeros for what is gone, and all else where it was', async () => {
    const key = await longest();
    const vault = await damaged((store) => flip(store, key, 5000));
    const whole = await savedContent(await reopen(small.store), small.files, 'shared.bin');
    await mendPacks(vault, { packs: [key] });
    const { summary } = await mendSnapshots(vault, { zeroFill: true });
    expect(summary.filesZeroed).toBeGreaterThan(0);
    const now = await savedContent(vault, small.files, 'shared.bin');
    expect(now).toHaveLength(whole.length);
    let [same, zeros] = [0, 0];
    for (const [at, byte] of now.entries()) {
      if (byte === whole[at]) same++;
      else if (byte === 0) zeros++;
    }
    expect(same + zeros).toBe(whole.length);
    expect(same).toBeGreaterThan(100_000);
    expect(zeros).toBeGreaterThan(100_000);
    expect(await errors(vault)).toEqual([]);
  });

  test('marks the file, and a later backup reads it again', async () => {
    const vault = await damaged(async (store) => store.delete(await longest()));
    await mendSnapshots(vault, { zeroFill: true });
    const entry = (await entriesBelow(vault, small.files)).get('shared.bin');
    expect(entry?.xattrs.map(({ name }) => Buffer.from(name).toString())).toEqual([
      'user.cybs3.damaged',
    ]);
    // What the index still names as being in the pack would not be saved again.
    await mendIndex(vault);
    const { summary } = await backUp(vault, [small.files]);
    expect(summary.filesChanged).toBeGreaterThan(0);
    const healed = await savedContent(vault, small.files, 'shared.bin');
    expect(healed).toEqual(
      await savedContent(await reopen(small.store), small.files, 'shared.bin'),
    );
  });
});

describe('a snapshot of which parts of the list are gone', () => {
  test('keeps the rest, and says what is not listed any more', async () => {
    const lists = await keysUnder(small.store, 'meta/');
    for (const key of lists) {
      const vault = await damaged((store) => flip(store, key, 500));
      await mendPacks(vault, { packs: [key] });
      const { summary, steps } = await mendSnapshots(vault, { forgetLost: true });
      expect(summary.remaining).toBe(0);
      expect(steps.map(({ action }) => action)).toContain('path-dropped');
      expect(await errors(vault)).toEqual([]);
      const now = await contents(vault);
      for (const [path, content] of now) expect(content).toBe(before.get(path));
    }
  });

  test('of which nothing is left is left alone, unless it is to be forgotten', async () => {
    const [id = ''] = small.ids;
    const vault = await damaged((store) => truncate(store, `snapshots/${id}`, 50));
    const kept = await mendSnapshots(vault);
    expect(kept.summary).toMatchObject({ remaining: 1, snapshotsForgotten: 0 });
    expect(await errors(vault)).toEqual([`object-damaged snapshots/${id}`]);
    const { summary } = await mendSnapshots(vault, { forgetLost: true });
    expect(summary).toMatchObject({ remaining: 0, snapshotsForgotten: 1 });
    expect(await errors(vault)).toEqual([]);
  });
});
