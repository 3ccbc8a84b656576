/**
 * Promise 1 and 3: whatever happens to one object of a vault, a check that reads everything finds it and names what
 * it touches, and the repairs get back everything that is not in the damaged bytes. CORRUPTIONS=200 says how many
 * are tried, SEED= replays.
 *
 * What nobody can know from inside the vault is in `isUnknowable`.
 */
import { randomInt } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CheckFinding } from '../../src/jobs/events.ts';
import { check } from '../../src/jobs/check.ts';
import { forget } from '../../src/jobs/forget/forget.ts';
import { repairIndex } from '../../src/jobs/repair/index/repair-index.ts';
import { repairRecords } from '../../src/jobs/repair/records/repair-records.ts';
import { repairRoots } from '../../src/jobs/repair/roots/repair-roots.ts';
import { repairPacks } from '../../src/jobs/repair/packs/repair-packs.ts';
import { repairSnapshots } from '../../src/jobs/repair/snapshots/repair-snapshots.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import type { VaultIndex } from '../../src/vault/index/load-index.ts';
import { loadIndex } from '../../src/vault/index/load-index.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import type { SavedSnapshot } from '../../src/vault/snapshots.ts';
import { listSnapshots } from '../../src/vault/snapshots.ts';
import type { Vault } from '../../src/vault/vault.ts';
import type { Corruption } from '../support/corrupt.ts';
import {
  chooseCorruption,
  corrupt,
  generator,
  roomOfKey,
  touchedKeys,
} from '../support/corrupt.ts';
import { lostChunks } from '../support/lost-chunks.ts';
import type { SnapshotFiles } from '../support/snapshot-files.ts';
import { readSnapshots } from '../support/snapshot-files.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WORDS, collect, keysUnder, random, tickingClock } from '../support/test-vault.ts';
import { OTHER_WORDS, vaultToCorrupt } from './vault-to-corrupt.ts';

const count = Number(process.env['CORRUPTIONS'] ?? 8);
/** Only this way of damage (`swap`, `cut` …) or this room (`config`, `data` …), where it is named. */
const only = process.env['ONLY'];
const seed = Number(process.env['SEED'] ?? randomInt(2 ** 31));
const folder = temporaryFolder();
const clock = tickingClock(1_900_000_000_000);

const original = new MemoryStore({ clock });
let snapshots: readonly SavedSnapshot[];
let files: readonly SnapshotFiles[];
/** Snapshots that no other one was made after. */
let heads: ReadonlySet<string>;
let undamaged: Vault;
let index: VaultIndex;

beforeAll(async () => {
  const vault = await vaultToCorrupt(original, folder, clock);
  undamaged = vault;
  index = await loadIndex(vault);
  snapshots = await listSnapshots(vault);
  files = await readSnapshots(vault, snapshots);
  const followed = new Set(snapshots.map(({ snapshot }) => snapshot.chain.previous?.id));
  heads = new Set(snapshots.map(({ id }) => id).filter((id) => !followed.has(id)));
  expect(await findingsOf(vault)).toEqual([]);
}, 120_000);

async function copyOfOriginal(): Promise<MemoryStore> {
  const copy = new MemoryStore({ clock });
  for (const key of await keysUnder(original, '')) {
    await copy.put(key, (await original.get(key)) as Parameters<MemoryStore['put']>[1]);
  }
  return copy;
}

async function findingsOf(vault: Vault): Promise<CheckFinding[]> {
  const events = await collect(check(vault, { readData: 'all' }));
  return events.filter((event) => event.type === 'finding');
}

/** Opens with either of the two word lists, whatever is wrong with `vault.json` and the key slots. */
async function open(store: MemoryStore): Promise<Vault> {
  const unlock = (mnemonic: string) =>
    openVault(store, { mnemonic, random, clock, mendsRoots: true });
  return unlock(WORDS).catch(() => unlock(OTHER_WORDS));
}

/**
 * What nobody can see from inside the vault: that its newest snapshot or a spare key slot was there before. (A host
 * that knew the snapshot can: that is the rollback alarm.)
 */
function isUnknowable(what: Corruption): boolean {
  if (what.how !== 'delete') return false;
  const [room, id = ''] = what.key.split('/');
  return room === 'keys' || (room === 'snapshots' && heads.has(id));
}

/** Files that can be had no more, as findings write them: beginning of the snapshot's name, and path. */
function lostFiles(now: ReadonlyMap<string, SnapshotFiles>): Map<string, string[]> {
  const lost = new Map<string, string[]>();
  for (const [n, { id }] of snapshots.entries()) {
    const left = now.get(id);
    const gone = [...(files[n] ?? [])].filter(([path, content]) => left?.get(path) !== content);
    lost.set(
      id,
      gone.map(([path]) => path),
    );
  }
  return lost;
}

/** Whether a finding says that a path of a snapshot is affected. */
function isNamed(findings: readonly CheckFinding[], id: string, path: string): boolean {
  const start = `${id.slice(0, 8)}:`;
  return findings.some(({ subject, message, affects = [] }) => {
    if (subject === `snapshots/${id}` || / more paths are affected/.test(message)) return true;
    return affects.some((text) => {
      if (!text.startsWith(start)) return false;
      const following = ' and what follows it';
      if (!text.endsWith(following)) return text === start + path;
      const from = text.slice(start.length, -following.length);
      return Buffer.compare(Buffer.from(slashless(from)), Buffer.from(slashless(path))) <= 0;
    });
  });
}

/** So that the order is that of path keys. */
const slashless = (path: string): string => path.replaceAll('/', '\0');

async function readAll(vault: Vault): Promise<Map<string, SnapshotFiles>> {
  const listed = await listSnapshots(vault);
  const all = await readSnapshots(vault, listed);
  return new Map(listed.map(({ id }, n) => [id, all[n] ?? new Map<string, string>()]));
}

/** A repaired snapshot has another name: it is the one of that host and time. */
async function readByMoment(vault: Vault): Promise<Map<string, SnapshotFiles>> {
  const listed = await listSnapshots(vault);
  const all = await readSnapshots(vault, listed);
  return new Map(listed.map((saved, n) => [momentOf(saved), all[n] ?? new Map<string, string>()]));
}

const momentOf = ({ snapshot }: SavedSnapshot): string => `${snapshot.host} ${snapshot.timeMs}`;

/** As the commands do it, one after the other. */
async function repairAll(store: MemoryStore): Promise<void> {
  // Snapshots that vanished: nobody can get them back, and somebody has to say that this is known.
  const accept = { rules: 'none', missing: true, timeZone: 'UTC' } as const;
  const repairs: ((vault: Vault) => AsyncIterable<unknown>)[] = [
    (vault) => repairRoots(vault, { dropDamaged: true }),
    (vault) => repairRecords(vault),
    (vault) => repairIndex(vault),
    (vault) => repairPacks(vault),
    (vault) => repairSnapshots(vault, { program: 'test', forgetLost: true }),
    (vault) => forget(vault, accept),
  ];
  for (const repair of repairs) {
    await using vault = await open(store);
    await collect(repair(vault));
  }
}

function expectFound(what: Corruption, findings: readonly CheckFinding[]): void {
  if (isUnknowable(what)) return;
  const said = findings.map(({ subject, reason }) => `${reason} ${subject}`);
  for (const key of touchedKeys(what)) {
    const isNamedItself = findings.some(({ subject }) => {
      return subject === key || (subject.startsWith('snapshot ') && key.endsWith(subject.slice(9)));
    });
    // A lost index file is told by the packs that nobody names any more, lost settings by there being none.
    const room = roomOfKey(key);
    const isGone = what.how === 'delete' && (room === 'index' || room === 'config');
    expect(isNamedItself || (isGone && findings.length > 0), said.join('; ')).toBe(true);
  }
}

/** Everything that can be had no more is named by a finding. */
function expectNamed(
  what: Corruption,
  findings: readonly CheckFinding[],
  lost: ReadonlyMap<string, readonly string[]>,
): void {
  for (const [id, paths] of lost) {
    if (what.how === 'delete' && what.key === `snapshots/${id}`) continue;
    const unnamed = paths.filter((path) => !isNamed(findings, id, path));
    expect(unnamed.slice(0, 5), `lost in ${id} and not named`).toEqual([]);
  }
}

/** What can be had at best: snapshots that can be opened, without the chunks in the damaged bytes. */
async function bestOf(what: Corruption, lost: ReadonlyMap<string, readonly string[]>) {
  const gone = lostChunks(what, index);
  const best = await readSnapshots(undamaged, snapshots, (id) => gone.has(id));
  return snapshots.map((saved, n) => {
    const isTouched = touchedKeys(what).includes(`snapshots/${saved.id}`);
    const isWhole = !isTouched || what.how === 'swap';
    const before = new Set(lost.get(saved.id));
    const had = [...(files[n] ?? [])].filter(([path]) => !before.has(path));
    return { saved, wanted: new Map(isWhole ? best[n] : had) };
  });
}

async function tryOne(what: Corruption): Promise<string> {
  const store = await copyOfOriginal();
  await corrupt(store, what);
  const vault = await open(store);
  const findings = await findingsOf(vault);
  const lost = lostFiles(await readAll(vault));
  expectFound(what, findings);
  expectNamed(what, findings, lost);

  await repairAll(store);
  await using repaired = await open(store);
  const after = await readByMoment(repaired);
  for (const { saved, wanted } of await bestOf(what, lost)) {
    const left = after.get(momentOf(saved));
    const missing = [...wanted].filter(([path, content]) => left?.get(path) !== content);
    expect(missing.slice(0, 5), `to be had of ${saved.id}, and not there`).toEqual([]);
  }
  const errors = (await findingsOf(repaired)).filter(({ severity }) => severity === 'error');
  const said = errors.map(({ subject, reason, message }) => `${reason} ${subject}: ${message}`);
  expect(said, 'after the repairs').toEqual([]);
  return [...lost.values()].some((paths) => paths.length > 0) ? 'files lost' : 'nothing lost';
}

function isWanted({ how, key }: Corruption): boolean {
  return only === undefined || how === only || roomOfKey(key) === only;
}

describe('one corruption of one object', () => {
  it(`is found, named and repaired (CORRUPTIONS=${count} SEED=${seed})`, async () => {
    const next = generator(seed);
    const outcomes = new Map<string, number>();
    const failures: string[] = [];
    for (let n = 0; n < count; n++) {
      let what = await chooseCorruption(original, next);
      while (!isWanted(what)) what = await chooseCorruption(original, next);
      const outcome = await tryOne(what).catch((error: unknown) => {
        failures.push(`${n}: ${JSON.stringify(what)}: ${String(error).slice(0, 1500)}`);
        return 'failed';
      });
      const key = `${roomOfKey(what.key)} ${what.how}: ${outcome}`;
      outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
    }
    console.log([...outcomes].map(([what, times]) => `${times} × ${what}`).join('\n'));
    expect(failures).toEqual([]);
  }, 3_600_000);
});
