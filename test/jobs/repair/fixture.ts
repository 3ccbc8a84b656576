/**
 * A small vault with several snapshots, a way to damage copies of it, and an oracle: what of each snapshot reads
 * back as it was.
 * @module
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { displayPath } from '../../../src/files/path.ts';
import type { Entry } from '../../../src/format/entry.ts';
import { EntryType } from '../../../src/format/entry.ts';
import { check } from '../../../src/jobs/check.ts';
import { catFile } from '../../../src/jobs/cat.ts';
import { listEntries } from '../../../src/jobs/list.ts';
import { resolveSnapshot } from '../../../src/jobs/snapshots.ts';
import type {
  RepairIndexEvent,
  RepairPacksEvent,
  RepairSnapshotsEvent,
  RepairStep,
} from '../../../src/jobs/repair/events.ts';
import type { RepairIndexOptions } from '../../../src/jobs/repair/index/repair-index.ts';
import { repairIndex } from '../../../src/jobs/repair/index/repair-index.ts';
import type { RepairPacksOptions } from '../../../src/jobs/repair/packs/repair-packs.ts';
import { repairPacks } from '../../../src/jobs/repair/packs/repair-packs.ts';
import { repairSnapshots } from '../../../src/jobs/repair/snapshots/repair-snapshots.ts';
import { MemoryStore } from '../../../src/store/memory.ts';
import type { ObjectStore } from '../../../src/store/port.ts';
import { listSnapshots } from '../../../src/vault/snapshots.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import { backUp, collect, keysUnder, newVault, tickingClock } from '../../support/test-vault.ts';
import { random, tree } from '../../support/tree.ts';

export interface SmallVault {
  readonly store: MemoryStore;
  readonly files: string;
  /** Oldest first: `shared`, `old`; then `shared`, `new`; then `shared`, `new`, `newest`. */
  readonly ids: readonly string[];
}

/** Three snapshots of a host: files of several chunks, small ones, links and folders. */
export async function smallVault(folder: string): Promise<SmallVault> {
  const store = new MemoryStore({ clock: tickingClock(1_799_000_000_000) });
  const vault = await newVault(store);
  const files = join(folder, 'files');
  tree(files, {
    'shared.bin': random(3_000_000, 1),
    sub: { 'small.txt': 'small '.repeat(40), empty: '', 'old.bin': random(700_000, 2) },
  });
  const first = await backUp(vault, [files]);
  rmSync(join(files, 'sub', 'old.bin'));
  writeFileSync(join(files, 'sub', 'new.bin'), random(600_000, 3));
  const second = await backUp(vault, [files]);
  writeFileSync(join(files, 'newest.bin'), random(400_000, 4));
  const third = await backUp(vault, [files]);
  const ids = [first, second, third].map(({ summary }) => summary.snapshotId ?? '');
  return { store, files, ids };
}

/** `<snapshot time>:<path>` of every entry that reads back, with a hash of its content. */
export async function contents(vault: Vault): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const { id, snapshot } of await listSnapshots(vault)) {
    try {
      const saved = await resolveSnapshot(vault, id);
      const entries = await collect(
        listEntries(vault, saved, new Uint8Array(0), { recursive: true }),
      );
      for (const entry of entries) {
        const text = await tryContent(vault, id, entry);
        if (text === undefined) continue;
        found.set(`${snapshot.timeMs}:${displayPath(entry.path)}`, text);
      }
    } catch {
      // Nothing of it can be listed.
    }
  }
  return found;
}

async function tryContent(vault: Vault, id: string, entry: Entry): Promise<string | undefined> {
  if (entry.type !== EntryType.file) return `type ${entry.type}`;
  try {
    const saved = await resolveSnapshot(vault, id);
    const bytes = Buffer.concat(await collect(catFile(vault, saved, entry.path)));
    return `${bytes.length} ${bytes.toString('latin1').slice(0, 50)} ${hash(bytes)}`;
  } catch {
    return undefined;
  }
}

function hash(bytes: Buffer): number {
  let sum = 0;
  for (const byte of bytes) sum = (Math.imul(sum, 31) + byte) | 0;
  return sum;
}

/** What a check that reads no data finds wrong; `contents` reads all of it. */
export async function errors(vault: Vault): Promise<string[]> {
  const events = await collect(check(vault));
  return events
    .filter((event) => event.type === 'finding')
    .filter(({ severity }) => severity === 'error')
    .map(({ reason, subject }) => `${reason} ${subject}`);
}

type SummaryOf<Event> = Extract<Event, { readonly type: 'summary' }>;

export interface Repaired<Event> {
  readonly steps: readonly RepairStep[];
  readonly summary: SummaryOf<Event>;
}

async function runRepair<Event extends { readonly type: string }>(
  events: AsyncIterable<Event>,
): Promise<Repaired<Event>> {
  const all = await collect(events);
  const summary = all.at(-1);
  if (summary?.type !== 'summary') throw new Error('a repair ends with its summary');
  const steps = all.filter((event) => event.type === 'step') as unknown as RepairStep[];
  return { steps, summary: summary as SummaryOf<Event> };
}

export const mendIndex = (
  vault: Vault,
  options: RepairIndexOptions = {},
): Promise<Repaired<RepairIndexEvent>> => runRepair(repairIndex(vault, options));

export const mendPacks = (
  vault: Vault,
  options: RepairPacksOptions = {},
): Promise<Repaired<RepairPacksEvent>> => runRepair(repairPacks(vault, options));

export const mendSnapshots = (
  vault: Vault,
  options: Omit<Parameters<typeof repairSnapshots>[1], 'program'> = {},
): Promise<Repaired<RepairSnapshotsEvent>> =>
  runRepair(repairSnapshots(vault, { program: 'test', ...options }));

/** Keys of the data packs, the largest first. */
export async function dataPacks(store: ObjectStore): Promise<string[]> {
  const sized = await Promise.all(
    (await keysUnder(store, 'data/')).map(async (key) => {
      return { key, size: (await store.get(key)).length };
    }),
  );
  return sized.sort((a, b) => b.size - a.size).map(({ key }) => key);
}

/** What is in the store, for finding out whether anything was changed. */
export async function fingerprint(store: ObjectStore): Promise<string> {
  const keys = await keysUnder(store, '');
  const parts = await Promise.all(
    keys.map(async (key) => `${key} ${hash(Buffer.from(await store.get(key)))}`),
  );
  return parts.join('\n');
}
