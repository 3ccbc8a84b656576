/** What a machine that has seen a vault before says when snapshots have vanished from it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { listSnapshots, resolveSnapshot } from '../../../src/jobs/snapshots.ts';
import { forgetSnapshots, tombstoneOf } from '../../../src/vault/gc/forget-snapshots.ts';
import { saveGcRecord } from '../../../src/vault/gc/gc-state.ts';
import type { MemoryFile } from '../../../src/vault/history/snapshot-memory.ts';
import { watched } from '../../../src/vault/history/snapshot-memory.ts';
import type { SnapshotAlarm } from '../../../src/vault/history/snapshot-watch.ts';
import type { ObjectStore, StoredObject } from '../../../src/store/port.ts';
import { loadSnapshot } from '../../../src/vault/snapshots.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import { CountingStore } from '../../store/counting-store.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { backUp, copyOf, flip, keysUnder, newVault, reopen } from '../../support/test-vault.ts';

const folder = temporaryFolder();
let made: ObjectStore;

beforeAll(async () => {
  const vault = await newVault();
  await writeFile(join(folder, 'a'), 'a');
  for (let n = 0; n < 3; n++) await backUp(vault, [folder]);
  made = vault.store;
});

/** A machine with a memory, as the program has it. */
class Machine implements MemoryFile {
  bytes: Uint8Array | undefined;
  saves = 0;

  async load(): Promise<Uint8Array | undefined> {
    return this.bytes;
  }

  async save(bytes: Uint8Array): Promise<void> {
    this.saves++;
    this.bytes = bytes;
  }

  /** Opens the vault, does something with it, and closes it. @returns the alarms */
  async visit(
    store: ObjectStore,
    work: (vault: Vault) => Promise<unknown> = listSnapshots,
  ): Promise<string[]> {
    const alarms: SnapshotAlarm[] = [];
    {
      await using vault = watched(await reopen(store), {
        file: this,
        onAlarms: (some) => void alarms.push(...some),
      });
      await work(vault);
    }
    return alarms.map(({ reason, snapshot: { id } }) => `${reason} ${id}`);
  }
}

async function ids(store: ObjectStore): Promise<string[]> {
  return (await listSnapshots(await reopen(store))).map(({ id }) => id);
}

async function visited(): Promise<{ machine: Machine; store: ObjectStore; all: string[] }> {
  const [machine, store] = [new Machine(), await copyOf(made)];
  expect(await machine.visit(store)).toEqual([]);
  return { machine, store, all: await ids(store) };
}

describe('a machine that has seen the snapshots', () => {
  test.each([
    ['newest', 2],
    ['oldest', 0],
  ])('raises an alarm when the %s is gone, each time anew', async (_, number) => {
    const { machine, store, all } = await visited();
    await store.delete(`snapshots/${all[number]}`);
    const alarm = [`snapshot-missing ${all[number]}`];
    expect(await machine.visit(store)).toEqual(alarm);
    const latest = (vault: Vault) => resolveSnapshot(vault, 'latest');
    expect(await machine.visit(store, latest)).toEqual(alarm);
  });

  test('raises it for all of them when the vault was put back to an older state', async () => {
    const { machine, store } = await visited();
    const older = await copyOf(store);
    const backups = (vault: Vault) => backUp(vault, [folder]);
    expect(await machine.visit(store, backups)).toEqual([]);
    const newest = (await ids(store)).at(-1);
    expect(await machine.visit(older)).toEqual([`snapshot-missing ${newest}`]);
  });

  test('is calm when they were forgotten, and their objects deleted', async () => {
    const { machine, store, all } = await visited();
    const vault = await reopen(store);
    const snapshot = await loadSnapshot(vault, all[0] ?? '');
    await forgetSnapshots(vault, [tombstoneOf(snapshot)], { graceMs: 0 });
    expect(await machine.visit(store)).toEqual([]);
    await store.delete(`snapshots/${all[0]}`);
    expect(await machine.visit(store)).toEqual([]);
  });

  test('remembers one that was forgotten and taken back', async () => {
    const { machine, store, all } = await visited();
    const vault = await reopen(store);
    const snapshot = await loadSnapshot(vault, all[0] ?? '');
    const [record = ''] = await forgetSnapshots(vault, [tombstoneOf(snapshot)], { graceMs: 0 });
    await machine.visit(store);
    const back = { type: 'undeleted', timeMs: 1, record, snapshots: [snapshot.id] } as const;
    await saveGcRecord(vault, back);
    expect(await machine.visit(store)).toEqual([]);
    const known: string[] = [];
    await machine.visit(store, async ({ watch }) => {
      for (const { id } of (await watch?.known()) ?? []) known.push(id);
    });
    expect(known.sort()).toEqual(all.sort());
  });

  test('is calm when a snapshot is only damaged: that is told elsewhere', async () => {
    const { machine, store, all } = await visited();
    await flip(store, `snapshots/${all[1]}`, -1);
    expect(await machine.visit(store)).toEqual([]);
  });

  test('raises an alarm when another snapshot is stored under a name', async () => {
    const { machine, store, all } = await visited();
    const before = Buffer.from(machine.bytes ?? '').toString();
    const { sha256 } = await loadSnapshot(await reopen(store), all[1] ?? '');
    machine.bytes = Buffer.from(before.replace(sha256, '0'.repeat(64)));
    expect(await machine.visit(store)).toEqual([`snapshot-replaced ${all[1]}`]);
    expect(await machine.visit(store), 'and it is not forgotten').toHaveLength(1);
  });

  test('begins anew where its memory is lost, damaged or of another vault', async () => {
    const { store, all } = await visited();
    await store.delete(`snapshots/${all[2]}`);
    const other = new Machine();
    await other.visit((await newVault()).store);
    for (const bytes of [undefined, Buffer.from('{'), other.bytes]) {
      const machine = new Machine();
      machine.bytes = bytes;
      expect(await machine.visit(store)).toEqual([]);
      expect(machine.bytes?.length, 'and remembers from now on').toBeGreaterThan(100);
    }
  });

  test('does not count what it stored itself in this run as gone', async () => {
    const { machine, store } = await visited();
    const work = async (vault: Vault) => {
      await backUp(vault, [folder]);
      await listSnapshots(vault);
      await backUp(vault, [folder]);
    };
    expect(await machine.visit(store, work)).toEqual([]);
    expect(await machine.visit(store)).toEqual([]);
  });

  test('looks again before it cries: a listing that was short for once is no alarm', async () => {
    const { machine, store, all } = await visited();
    const short = new ShortOnce(store, `snapshots/${all[0]}`);
    expect(await machine.visit(short)).toEqual([]);
    expect(short.asked.filter((one) => one === 'list snapshots/')).toHaveLength(2);
    expect(await machine.visit(store)).toEqual([]);
  });
});

/** Does not list a key the first time. */
class ShortOnce extends CountingStore {
  #hidden: string | undefined;

  constructor(store: ObjectStore, hidden: string) {
    super(store);
    this.#hidden = hidden;
  }

  override async *list(prefix: string, signal?: AbortSignal): AsyncGenerator<StoredObject> {
    const hidden = prefix === 'snapshots/' ? this.#hidden : undefined;
    if (hidden !== undefined) this.#hidden = undefined;
    for await (const object of super.list(prefix, signal)) {
      if (object.key !== hidden) yield object;
    }
  }
}

test('two machines remember each for itself', async () => {
  const { machine, store, all } = await visited();
  const second = new Machine();
  await store.delete(`snapshots/${all[2]}`);
  expect(await second.visit(store)).toEqual([]);
  expect(await machine.visit(store)).toEqual([`snapshot-missing ${all[2]}`]);
});

test('where all is well no request is made, and nothing is written that was known', async () => {
  const { machine, store } = await visited();
  const saves = machine.saves;
  const plain = new CountingStore(store);
  await listSnapshots(await reopen(plain));
  const counting = new CountingStore(store);
  await machine.visit(counting);
  expect(counting.asked).toEqual(plain.asked);
  expect(machine.saves).toBe(saves);
  expect(await keysUnder(store, 'snapshots/')).toHaveLength(3);
});
