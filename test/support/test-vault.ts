/**
 * Vaults for tests: made in memory, backed up into, copied, and damaged.
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { StorableBytes } from '../../src/base/brand.ts';
import type { Clock } from '../../src/base/ports.ts';
import { DEFAULT_SETTINGS } from '../../src/format/documents/settings.ts';
import { backup } from '../../src/jobs/backup/backup.ts';
import type { BackupOptions } from '../../src/jobs/backup/options.ts';
import type { BackupEvent, BackupSummary } from '../../src/jobs/events.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import type { ObjectStore } from '../../src/store/port.ts';
import { initVault } from '../../src/vault/init-vault.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import type { Vault } from '../../src/vault/vault.ts';

export const WORDS =
  'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about';

export const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

/** Goes on by 10 ms each time it is looked at. */
export function tickingClock(startMs = 1_800_000_000_000): Clock {
  let nowMs = startMs;
  return () => (nowMs += 10);
}

const clock = tickingClock();

/** A new vault in an empty store, opened. */
export async function newVault(store: ObjectStore = new MemoryStore()): Promise<Vault> {
  await initVault(store, { mnemonic: WORDS, settings: DEFAULT_SETTINGS, random, clock });
  return reopen(store);
}

export async function reopen(store: ObjectStore): Promise<Vault> {
  return openVault(store, { mnemonic: WORDS, random, clock });
}

export type TestBackup = Partial<Omit<BackupOptions, 'roots'>> & { readonly cores?: number };

export interface BackupDone {
  readonly events: readonly BackupEvent[];
  readonly summary: BackupSummary;
}

/** Backs up with one thread, which starts faster, unless told otherwise. */
export async function backUp(
  vault: Vault,
  roots: readonly (string | Uint8Array)[],
  options: TestBackup = {},
): Promise<BackupDone> {
  const events: BackupEvent[] = [];
  for await (const event of backup(vault, backupOptions(roots, options))) events.push(event);
  const summary = events.find((event) => event.type === 'summary');
  if (!summary) throw new Error('a backup ends with a summary');
  return { events, summary };
}

export function backupOptions(
  roots: readonly (string | Uint8Array)[],
  options: TestBackup = {},
): BackupOptions {
  return {
    roots: roots.map((root) => Buffer.from(root as string)),
    exclude: [],
    include: [],
    ignoreFiles: [],
    excludeCaches: false,
    oneFileSystem: false,
    host: 'testhost',
    user: 'tester',
    tags: [],
    force: false,
    skipIfUnchanged: false,
    dryRun: false,
    reportPaths: false,
    cores: 1,
    signal: new AbortController().signal,
    program: 'test',
    ...options,
  };
}

export async function keysUnder(store: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys.sort();
}

/** A store with the same objects. */
export async function copyOf(store: ObjectStore): Promise<MemoryStore> {
  const copy = new MemoryStore();
  for (const key of await keysUnder(store, '')) await overwrite(copy, key, await store.get(key));
  return copy;
}

/** Puts bytes that were never sealed, as an attacker or a broken disk would. */
export async function overwrite(store: ObjectStore, key: string, bytes: Uint8Array): Promise<void> {
  await store.put(key, bytes as StorableBytes);
}

/** Flips one bit of an object; `at` counts from the end where it is negative. */
export async function flip(store: ObjectStore, key: string, at: number): Promise<void> {
  const bytes = await store.get(key);
  const index = at < 0 ? bytes.length + at : at;
  bytes[index] = (bytes[index] ?? 0) ^ 1;
  await overwrite(store, key, bytes);
}

export async function truncate(store: ObjectStore, key: string, toBytes: number): Promise<void> {
  await overwrite(store, key, (await store.get(key)).subarray(0, toBytes));
}

export async function swap(store: ObjectStore, a: string, b: string): Promise<void> {
  const [left, right] = [await store.get(a), await store.get(b)];
  await overwrite(store, a, right);
  await overwrite(store, b, left);
}

export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}
