/** A check says what is wrong with the ways into a vault while there is still one. */
import { expect, test } from 'vitest';
import { decodeKeySlot, encodeKeySlot } from '../../../src/format/documents/key-slot.ts';
import { check } from '../../../src/jobs/check.ts';
import { openVault } from '../../../src/vault/open-vault.ts';
import type { ObjectStore } from '../../../src/store/port.ts';
import {
  WORDS,
  collect,
  flip,
  keysUnder,
  newVault,
  overwrite,
  random,
  swap,
  tickingClock,
} from '../../support/test-vault.ts';

const clock = tickingClock();
const slotsOf = (store: ObjectStore): Promise<string[]> => keysUnder(store, 'keys/');

async function checked(store: ObjectStore) {
  const vault = await openVault(store, { mnemonic: WORDS, random, clock, forReading: true });
  const events = await collect(check(vault));
  const findings = events.filter((event) => event.type === 'finding');
  const notices = events.filter((event) => event.type === 'notice');
  return {
    found: findings.map(({ severity, subject }) => `${severity} ${subject}`).sort(),
    notices: notices.map(({ message }) => message),
  };
}

test('a sound vault has nothing wrong with it', async () => {
  const { store } = await newVault();
  expect(await checked(store)).toEqual({ found: [], notices: [] });
});

test('vault.json that is gone or damaged is an error', async () => {
  const { store } = await newVault();
  await flip(store, 'vault.json', 50);
  expect((await checked(store)).found).toEqual(['error vault.json']);
  await store.delete('vault.json');
  expect((await checked(store)).found).toEqual(['error vault.json']);
});

test('a damaged key slot is an error, also where only its own words could tell', async () => {
  const { store } = await newVault();
  const [key = ''] = await slotsOf(store);
  const { length } = await store.get(key);
  const payload = encodeKeySlot(decodeKeySlot(await store.get(key), key));
  for (let at = 10; at < length; at += 150) {
    await flip(store, key, at);
    expect((await checked(store)).found, `byte ${at}`).toEqual([`error ${key}`]);
    await overwrite(store, key, payload);
  }
});

test('key slots that changed places are errors, both', async () => {
  const { store } = await newVault();
  const [first = '', second = ''] = await slotsOf(store);
  await swap(store, first, second);
  expect((await checked(store)).found).toEqual([`error ${first}`, `error ${second}`]);
});

test('a key slot of another vault is a warning', async () => {
  const [{ store }, other] = [await newVault(), await newVault()];
  const [key = ''] = await slotsOf(other.store);
  await overwrite(store, key, await other.store.get(key));
  expect((await checked(store)).found).toEqual([`warning ${key}`]);
});

test('a vault with one way in is no damage, and what adds another is said', async () => {
  const { store } = await newVault();
  const [lost = '', left = ''] = await slotsOf(store);
  await store.delete(lost);
  const { found, notices } = await checked(store);
  expect(found).toEqual([]);
  expect(notices).toEqual([expect.stringContaining(left)]);
  expect(notices[0]).toContain('cybs3 repair roots');
});
