/** `vault.json` and key slots are mended from what is left of them. */
import { describe, expect, test } from 'vitest';
import { deriveRoot } from '../../../src/crypto/derive.ts';
import { mnemonicToSeed } from '../../../src/crypto/mnemonic.ts';
import {
  decodeKeySlot,
  encodeKeySlot,
  keySlotKey,
} from '../../../src/format/documents/key-slot.ts';
import type { KeySlot } from '../../../src/format/documents/key-slot.ts';
import type { RepairStep } from '../../../src/jobs/repair/events.ts';
import type { RepairRootsSummary } from '../../../src/jobs/repair/roots/events.ts';
import type { RepairRootsOptions } from '../../../src/jobs/repair/roots/repair-roots.ts';
import { repairRoots } from '../../../src/jobs/repair/roots/repair-roots.ts';
import { MemoryStore } from '../../../src/store/memory.ts';
import type { ObjectStore } from '../../../src/store/port.ts';
import { makeMnemonicSlot } from '../../../src/vault/mnemonic-slot.ts';
import { openVault } from '../../../src/vault/open-vault.ts';
import { openOurs } from '../../../src/jobs/repair/roots/survey-slots.ts';
import { slotFault, vaultFileOf } from '../../../src/vault/roots/slot-fault.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import {
  WORDS,
  collect,
  copyOf,
  flip,
  keysUnder,
  newVault,
  overwrite,
  random,
  reopen,
  swap,
  tickingClock,
  truncate,
} from '../../support/test-vault.ts';
import { fingerprint } from './fixture.ts';

const OTHER_WORDS = 'legal winner thank year wave sausage worth useful legal winner thank yellow';
const clock = tickingClock();

const slotsOf = (store: ObjectStore): Promise<string[]> => keysUnder(store, 'keys/');

const opened = (store: ObjectStore, mnemonic: string): Promise<Vault> =>
  openVault(store, { mnemonic, random, clock });

/** Lets a test look at it after every change. */
class WatchedStore extends MemoryStore {
  onChange: (() => Promise<void>) | undefined;

  override async put(...values: Parameters<MemoryStore['put']>): Promise<void> {
    await super.put(...values);
    await this.onChange?.();
  }

  override async delete(...values: Parameters<MemoryStore['delete']>): Promise<void> {
    await super.delete(...values);
    await this.onChange?.();
  }
}

interface Mended {
  readonly steps: readonly string[];
  readonly notices: readonly string[];
  readonly summary: RepairRootsSummary;
}

async function mend(
  store: ObjectStore,
  options: RepairRootsOptions = {},
  mnemonic = WORDS,
): Promise<Mended> {
  const vault = await openVault(store, { mnemonic, random, clock, mendsRoots: true });
  const events = await collect(repairRoots(vault, options));
  const summary = events.at(-1);
  if (summary?.type !== 'summary') throw new Error('a repair ends with its summary');
  const steps = events.filter((event): event is RepairStep => event.type === 'step');
  const notices = events.filter((event) => event.type === 'notice');
  return {
    steps: steps.map(({ action, subject }) => `${action} ${subject}`),
    notices: notices.map(({ message }) => message),
    summary,
  };
}

/** A second holder, with one slot. @returns its key */
async function addHolder(store: ObjectStore): Promise<string> {
  const { keys } = await reopen(store);
  using ours = rootOf(WORDS);
  using theirs = rootOf(OTHER_WORDS);
  const [key = ''] = await slotsOf(store);
  const payload = openOurs(await slotAt(store, key), ours, vaultFileOf(keys));
  if (!payload) throw new Error('the slot opens');
  const slot = makeMnemonicSlot(theirs, payload, random);
  await overwrite(store, keySlotKey(slot.slotId), encodeKeySlot(slot));
  return keySlotKey(slot.slotId);
}

function rootOf(words: string) {
  using seed = mnemonicToSeed(words);
  return deriveRoot(seed);
}

async function slotAt(store: ObjectStore, key: string): Promise<KeySlot> {
  return decodeKeySlot(await store.get(key), key);
}

/** A vault of before: one slot, which says nothing of its vault. @returns its key */
async function makeOld(store: ObjectStore): Promise<string> {
  const [key = '', ...others] = await slotsOf(store);
  for (const other of others) await store.delete(other);
  const { vault: _, ...slot } = await slotAt(store, key);
  await overwrite(store, key, encodeKeySlot(slot));
  return key;
}

async function faults(store: ObjectStore): Promise<string[]> {
  const file = vaultFileOf((await reopen(store)).keys);
  const found: string[] = [];
  for (const key of await slotsOf(store)) {
    const fault = slotFault(await store.get(key), key, file);
    if (fault !== undefined) found.push(`${key} ${fault}`);
  }
  return found;
}

describe('a vault with nothing wrong with its roots', () => {
  test('is left as it is', async () => {
    const { store } = await newVault();
    const before = await fingerprint(store);
    const { steps, summary } = await mend(store);
    expect(steps).toEqual([]);
    expect(summary).toMatchObject({ remaining: 0, objectsWritten: 0, objectsRemoved: 0 });
    expect(await fingerprint(store)).toBe(before);
  });
});

describe('vault.json', () => {
  const harms: Record<string, (store: ObjectStore) => Promise<void>> = {
    'that is gone': (store) => store.delete('vault.json'),
    'that was cut': (store) => truncate(store, 'vault.json', 30),
    'of another vault': async (store) => {
      const other = await newVault();
      await overwrite(store, 'vault.json', await other.store.get('vault.json'));
    },
    'of a version that is not': (store) => flip(store, 'vault.json', 36),
  };
  test.each(Object.entries(harms))('%s is written as it was', async (_, harm) => {
    const { store } = await newVault();
    const before = await fingerprint(store);
    await harm(store);
    await expect(reopen(store)).rejects.toMatchObject({ code: 'vault/mismatch' });
    const damaged = await fingerprint(store);
    expect((await mend(store, { dryRun: true })).steps).toEqual(['object-written vault.json']);
    expect(await fingerprint(store)).toBe(damaged);
    expect((await mend(store)).steps).toEqual(['object-written vault.json']);
    expect(await fingerprint(store)).toBe(before);
    await reopen(store);
  });

  test('is not given to those whose keys open nothing here', async () => {
    const [{ store }, theirs] = [await newVault(), await newVault()];
    for (const key of await slotsOf(store)) await store.delete(key);
    for (const key of await slotsOf(theirs.store)) {
      await overwrite(store, key, await theirs.store.get(key));
    }
    const before = await fingerprint(store);
    await expect(mend(store)).rejects.toMatchObject({ code: 'vault/contradiction' });
    expect(await fingerprint(store)).toBe(before);
  });

  test('and settings of a vault whose making was interrupted: it becomes one', async () => {
    const { store } = await newVault();
    for (const key of ['vault.json', ...(await keysUnder(store, 'config/'))]) {
      await store.delete(key);
    }
    await mend(store);
    await reopen(store);
  });
});

describe('key slots', () => {
  test('of a vault of before: another is added, and is enough without vault.json', async () => {
    const { store, vaultId } = await newVault();
    const old = await makeOld(store);
    expect((await mend(store, { dryRun: true })).summary.objectsWritten).toBe(1);
    expect(await slotsOf(store)).toEqual([old]);
    expect((await mend(store)).summary).toMatchObject({ objectsWritten: 1, remaining: 0 });
    expect((await reopen(store)).slotKeys).toHaveLength(2);
    expect((await mend(store)).steps).toEqual([]);
    await store.delete(old);
    await store.delete('vault.json');
    await mend(store);
    expect((await reopen(store)).vaultId).toBe(vaultId);
    expect((await reopen(store)).slotKeys).toHaveLength(2);
  });

  test('that are one by now become two again', async () => {
    const { store } = await newVault();
    const [lost = ''] = await slotsOf(store);
    await store.delete(lost);
    const { steps } = await mend(store);
    expect(steps).toHaveLength(1);
    expect((await reopen(store)).slotKeys).toHaveLength(2);
  });

  test('that changed places are stored by their names, also those for other words', async () => {
    const { store } = await newVault();
    await addHolder(store);
    const before = await fingerprint(store);
    const keys = await slotsOf(store);
    for (const [a, b] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const) {
      const copy = await copyOf(store);
      await swap(copy, keys[a] ?? '', keys[b] ?? '');
      expect(await faults(copy)).toHaveLength(2);
      expect((await mend(copy)).summary.remaining).toBe(0);
      expect(await fingerprint(copy)).toBe(before);
    }
    await swap(store, keys[0] ?? '', keys[1] ?? '');
    await swap(store, keys[1] ?? '', keys[2] ?? '');
    expect(await faults(store)).toHaveLength(3);
    await mend(store);
    expect(await fingerprint(store)).toBe(before);
  });

  test('that changed places are all there at every moment', async () => {
    const { store } = await newVault();
    const theirs = await addHolder(store);
    const [ours = ''] = (await slotsOf(store)).filter((key) => key !== theirs);
    await swap(store, ours, theirs);
    const watched = new WatchedStore();
    for (const key of await keysUnder(store, '')) {
      await overwrite(watched, key, await store.get(key));
    }
    let changes = 0;
    watched.onChange = async () => {
      changes++;
      await opened(watched, WORDS);
      await opened(watched, OTHER_WORDS);
    };
    await mend(watched);
    expect(changes).toBeGreaterThanOrEqual(4);
    expect(await faults(watched)).toEqual([]);
  });

  test('found twice, or under a name that is none, are stored once, by their names', async () => {
    const { store } = await newVault();
    const before = await fingerprint(store);
    const [first = '', second = ''] = await slotsOf(store);
    await overwrite(store, `keys/${'ab'.repeat(16)}.json`, await store.get(first));
    await overwrite(store, 'keys/copy.json', await store.get(second));
    await store.delete(second);
    await mend(store);
    expect(await fingerprint(store)).toBe(before);
  });

  test('whose outside says something else are mended', async () => {
    const { store } = await newVault();
    const before = await fingerprint(store);
    const [key = ''] = await slotsOf(store);
    const slot = await slotAt(store, key);
    const vault = { version: 1, suite: 2, vaultId: random(16) };
    await overwrite(store, key, encodeKeySlot({ ...slot, vault }));
    expect(await faults(store)).toEqual([`${key} foreign`]);
    expect((await mend(store)).steps).toEqual([`object-written ${key}`]);
    expect(await fingerprint(store)).toBe(before);
  });

  test('that are damaged are named and left, and removed where that is asked for', async () => {
    const { store } = await newVault();
    const [key = ''] = await slotsOf(store);
    await truncate(store, key, 200);
    const { steps, notices, summary } = await mend(store);
    expect(steps).toEqual([expect.stringMatching(/^object-written keys\//)]);
    expect(notices.join()).toContain(key);
    expect(summary.remaining).toBe(1);
    const dropped = await mend(store, { dropDamaged: true });
    expect(dropped.steps).toEqual([`object-removed ${key}`]);
    expect(dropped.summary.remaining).toBe(0);
    expect((await reopen(store)).slotKeys).toHaveLength(2);
    expect(await faults(store)).toEqual([]);
  });

  test('of other words and of other vaults are left alone', async () => {
    const [{ store }, other] = [await newVault(), await newVault()];
    const theirs = await addHolder(store);
    const [foreign = ''] = await slotsOf(other.store);
    await overwrite(store, foreign, await other.store.get(foreign));
    const before = await fingerprint(store);
    expect((await mend(store, { dropDamaged: true })).steps).toEqual([]);
    expect(await fingerprint(store)).toBe(before);
    const added = await mend(store, {}, OTHER_WORDS);
    expect(added.steps).toHaveLength(1);
    expect((await opened(store, OTHER_WORDS)).slotKeys).toContain(theirs);
    expect((await opened(store, OTHER_WORDS)).slotKeys).toHaveLength(2);
  });
});

test('every single thing that can happen to a root is mended', async () => {
  const { store } = await newVault();
  for (const key of ['vault.json', ...(await slotsOf(store))]) {
    const { length } = await store.get(key);
    for (let at = -1; at < length; at += 29) {
      const copy = await copyOf(store);
      await (at < 0 ? copy.delete(key) : flip(copy, key, at));
      await mend(copy, { dropDamaged: true });
      expect((await reopen(copy)).slotKeys).toHaveLength(2);
      expect(await faults(copy)).toEqual([]);
    }
  }
});
