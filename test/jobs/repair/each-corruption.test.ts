import { beforeAll, describe, expect, test } from 'vitest';
import { check } from '../../../src/jobs/check.ts';
import { repairRecords } from '../../../src/jobs/repair/records/repair-records.ts';
import { MemoryStore } from '../../../src/store/memory.ts';
import { saveGcRecord } from '../../../src/vault/gc/gc-state.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import {
  collect,
  copyOf,
  flip,
  keysUnder,
  overwrite,
  random,
  reopen,
  truncate,
} from '../../support/test-vault.ts';
import type { SmallVault } from './fixture.ts';
import { contents, errors, mendIndex, mendPacks, mendSnapshots, smallVault } from './fixture.ts';

const folder = temporaryFolder();
let small: SmallVault;
let before: Map<string, string>;

beforeAll(async () => {
  small = await smallVault(folder);
  const vault = await reopen(small.store);
  await saveGcRecord(vault, { type: 'run', timeMs: 0, program: 'test' });
  before = await contents(vault);
});

type Damage = (store: MemoryStore, key: string) => Promise<void>;

const DAMAGES: Readonly<Record<string, Damage>> = {
  'with a bit flipped in its header': (store, key) => flip(store, key, 45),
  'with a bit flipped in its first half': async (store, key) => {
    await flip(store, key, Math.floor((await store.get(key)).length / 3));
  },
  'with its last bit flipped': (store, key) => flip(store, key, -1),
  'that was cut': async (store, key) => {
    await truncate(store, key, Math.floor((await store.get(key)).length / 2));
  },
  'that was emptied': (store, key) => truncate(store, key, 0),
  'that has grown': async (store, key) => {
    await overwrite(store, key, Buffer.concat([await store.get(key), random(100)]));
  },
  'that is gone': (store, key) => store.delete(key),
  'that is a copy of another': async (store, key) => {
    const prefix = key.slice(0, key.indexOf('/') + 1);
    const other = (await keysUnder(store, prefix)).find((one) => one !== key);
    await overwrite(store, key, other === undefined ? random(300) : await store.get(other));
  },
};

/** Every object and kind of damage with SLOW; otherwise one object of each room, and the kinds in turns. */
const IS_SLOW = process.env['SLOW'] !== undefined;

function kindsFor(room: number): { name: string; damage: Damage }[] {
  return Object.entries(DAMAGES)
    .filter((_, kind) => IS_SLOW || (kind + room) % 3 === 0)
    .map(([name, damage]) => ({ name, damage }));
}

/** What a person would do with what the check says. */
async function mendAll(store: MemoryStore): Promise<void> {
  await collect(repairRecords(await reopen(store)));
  const vault = await reopen(store);
  await mendIndex(vault);
  const found = await collect(check(vault, { readData: 'all' }));
  const packs = found
    .filter((event) => event.type === 'finding')
    .filter(({ severity, subject }) => severity === 'error' && /^(data|meta)\//.test(subject))
    .map(({ subject }) => subject);
  if (packs.length > 0) await mendPacks(vault, { packs });
  await mendSnapshots(vault, { forgetLost: true });
}

const ROOMS = ['data/', 'meta/', 'index/', 'snapshots/', 'config/', 'gc/'];

describe.each(ROOMS.map((room, i) => [room, i] as const))('one object under %s', (room, i) => {
  test.each(kindsFor(i))(
    '$name is found, and repair gets back all that is not in it',
    async ({ damage, name }) => {
      const keys = await keysUnder(small.store, room);
      for (const key of IS_SLOW ? keys : keys.slice(0, 1)) {
        const store = await copyOf(small.store);
        await damage(store, key);
        await expectMended(store, key, name);
      }
    },
    600_000,
  );
});

async function expectMended(store: MemoryStore, key: string, name: string): Promise<void> {
  const damaged = await reopen(store);
  const found = await collect(check(damaged, { readData: 'all' }));
  const named = found.filter((event) => event.type === 'finding').map(({ subject }) => subject);
  const isUnnoticed = name === 'that is gone' && /^(gc|snapshots)\//.test(key);
  if (!isUnnoticed) expect(named.length, key).toBeGreaterThan(0);
  const room = key.slice(0, key.indexOf('/') + 1);
  const isNamed =
    named.includes(key) || (name === 'that is gone' && (room === 'index/' || named.includes(room)));
  if (!isUnnoticed) expect(isNamed, `${key}: ${named.join()}`).toBe(true);
  const readable = await contents(damaged);
  await mendAll(store);
  const mended = await reopen(store);
  const left = (await errors(mended)).filter((one) => !one.startsWith('snapshot-missing'));
  expect(left, key).toEqual([]);
  const now = await contents(mended);
  for (const [path, content] of readable) expect(now.get(path), path).toBe(content);
  for (const [path, content] of now) expect(content, path).toBe(before.get(path));
}
