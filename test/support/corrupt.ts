/**
 * One thing that happens to one object of a vault: a bit flips, it is cut, it grows, it is gone, or it is found in
 * the place of another of its kind.
 * @module
 */
import type { ObjectStore } from '../../src/store/port.ts';
import { keysUnder, overwrite, swap } from './test-vault.ts';

/** Numbers from 0 up to, but without, 1: the same for the same seed. */
export function generator(seed: number): () => number {
  let a = seed | 0;
  return () => {
    // mulberry32
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export type Corruption =
  | { readonly how: 'flip'; readonly key: string; readonly at: number; readonly bit: number }
  | { readonly how: 'cut'; readonly key: string; readonly to: number }
  | { readonly how: 'grow'; readonly key: string; readonly by: number }
  | { readonly how: 'delete'; readonly key: string }
  | { readonly how: 'swap'; readonly key: string; readonly other: string };

const WAYS = ['flip', 'flip', 'flip', 'cut', 'grow', 'delete', 'swap'] as const;

/** The room an object is in: every room is as likely as the others, however many objects it has. */
export function roomOfKey(key: string): string {
  return key.includes('/') ? key.slice(0, key.indexOf('/')) : key;
}

/** Chooses what happens; does nothing yet. */
export async function chooseCorruption(
  store: ObjectStore,
  next: () => number,
): Promise<Corruption> {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
  const keys = await keysUnder(store, '');
  const room = pick([...new Set(keys.map(roomOfKey))]);
  const inRoom = keys.filter((key) => roomOfKey(key) === room);
  const key = pick(inRoom);
  const { length } = await store.get(key);
  const how = pick(WAYS);
  if (how === 'flip') {
    // Headers are short, and worth as much as all the rest.
    const at = Math.floor(next() * (next() < 0.25 ? Math.min(96, length) : length));
    return { how, key, at, bit: Math.floor(next() * 8) };
  }
  if (how === 'cut') return { how, key, to: Math.floor(next() * length) };
  if (how === 'grow') return { how, key, by: 1 + Math.floor(next() * 2000) };
  const others = inRoom.filter((one) => one !== key);
  return how === 'swap' && others.length > 0
    ? { how, key, other: pick(others) }
    : { how: 'delete', key };
}

export async function corrupt(store: ObjectStore, what: Corruption): Promise<void> {
  if (what.how === 'delete') return store.delete(what.key);
  if (what.how === 'swap') return swap(store, what.key, what.other);
  const bytes = await store.get(what.key);
  if (what.how === 'cut') return overwrite(store, what.key, bytes.subarray(0, what.to));
  if (what.how === 'grow') {
    const longer = new Uint8Array(bytes.length + what.by).fill(0xa5);
    longer.set(bytes);
    return overwrite(store, what.key, longer);
  }
  bytes[what.at] = (bytes[what.at] ?? 0) ^ (1 << what.bit);
  return overwrite(store, what.key, bytes);
}

/** Both objects of a swap, else the one. */
export function touchedKeys(what: Corruption): string[] {
  return what.how === 'swap' ? [what.key, what.other] : [what.key];
}
