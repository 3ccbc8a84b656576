/**
 * What the tests of copy share: two vaults with other words, and ways to look at what was copied.
 * @module
 */
import { toHex } from '../../../src/base/bytes.ts';
import { displayPath } from '../../../src/files/path.ts';
import type { Entry } from '../../../src/format/entry.ts';
import { DEFAULT_SETTINGS } from '../../../src/format/documents/settings.ts';
import { copy } from '../../../src/jobs/copy/copy.ts';
import type { CopyOptions } from '../../../src/jobs/copy/copy.ts';
import type { CopyEvent, CopySummary } from '../../../src/jobs/copy/events.ts';
import { listEntries } from '../../../src/jobs/list.ts';
import { MemoryStore } from '../../../src/store/memory.ts';
import type { ObjectStore } from '../../../src/store/port.ts';
import { initVault } from '../../../src/vault/init-vault.ts';
import { openVault } from '../../../src/vault/open-vault.ts';
import type { SavedSnapshot } from '../../../src/vault/snapshots.ts';
import { listSnapshots } from '../../../src/vault/snapshots.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import { CountingStore } from '../../store/counting-store.ts';
import { readSnapshots } from '../../support/snapshot-files.ts';
import { collect, random, tickingClock } from '../../support/test-vault.ts';

export const OTHER_WORDS =
  'legal winner thank year wave sausage worth useful legal winner thank yellow';

export const clock = tickingClock(1_900_000_000_000);

/** A new vault that shares no words with those of `newVault`. */
export async function otherVault(store?: ObjectStore): Promise<Vault> {
  const place = store ?? new MemoryStore({ clock });
  await initVault(place, { mnemonic: OTHER_WORDS, settings: DEFAULT_SETTINGS, random, clock });
  return reopenOther(place);
}

export function reopenOther(store: ObjectStore): Promise<Vault> {
  return openVault(store, { mnemonic: OTHER_WORDS, random, clock });
}

export interface CopyDone {
  readonly events: readonly CopyEvent[];
  readonly summary: CopySummary;
}

export async function copyAll(
  source: Vault,
  target: Vault,
  options: Partial<CopyOptions> = {},
): Promise<CopyDone> {
  const events = await collect(copy(source, target, { selectors: [], ...options }));
  const summary = events.at(-1);
  if (summary?.type !== 'summary') throw new Error('a copy ends with a summary');
  return { events, summary };
}

/** A snapshot as it must be in any vault: without the names that each vault gives. */
export async function contentsOf(vault: Vault, saved: SavedSnapshot) {
  const { timeMs, host, user, roots, tags, totals, program, complete, manifest } = saved.snapshot;
  const entries = await collect(listEntries(vault, saved, undefined, { recursive: true }));
  const [files] = await readSnapshots(vault, [saved]);
  return {
    about: { timeMs, host, user, roots: roots.map(toHex), tags, totals, program, complete },
    count: manifest.entries,
    entries: entries.map(plainEntry),
    files: [...(files ?? [])],
  };
}

/** All that an entry says but which chunks it has. */
function plainEntry({ path, content: _content, contentDepth: _depth, ...rest }: Entry) {
  return { ...rest, path: displayPath(path) };
}

export async function contentsOfAll(vault: Vault) {
  const all: Awaited<ReturnType<typeof contentsOf>>[] = [];
  for (const saved of await listSnapshots(vault)) all.push(await contentsOf(vault, saved));
  return all;
}

/** Does something before a request goes on to the store. */
export class HookedStore extends CountingStore {
  before: (what: 'put' | 'get', key: string) => Promise<void> = async () => undefined;

  override async put(...[key, body, options]: Parameters<ObjectStore['put']>): Promise<void> {
    await this.before('put', key);
    return super.put(key, body, options);
  }

  override async get(...[key, options]: Parameters<ObjectStore['get']>): Promise<Uint8Array> {
    await this.before('get', key);
    return super.get(key, options);
  }
}
