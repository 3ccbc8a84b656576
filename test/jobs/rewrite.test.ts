import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { toHex } from '../../src/base/bytes.ts';
import { displayPath, toPathKey } from '../../src/files/path.ts';
import { treeDigestOf } from '../../src/jobs/backup/tree-digest.ts';
import { openSnapshot } from '../../src/jobs/inspect/open-snapshot.ts';
import { listEntries } from '../../src/jobs/list.ts';
import type { RewriteEvent } from '../../src/jobs/rewrite/events.ts';
import type { RewriteOptions } from '../../src/jobs/rewrite/rewrite.ts';
import { rewrite } from '../../src/jobs/rewrite/rewrite.ts';
import { listSnapshots } from '../../src/jobs/snapshots.ts';
import { saveGcRecord } from '../../src/vault/gc/gc-state.ts';
import type { SavedSnapshot } from '../../src/vault/snapshots.ts';
import { loadSnapshot } from '../../src/vault/snapshots.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { backUp, collect, overwrite } from '../support/test-vault.ts';
import { findingsOf, savedContent } from './snapshot-contents.ts';
import { GRACE_MS, HOUR_MS, TimedVault } from './prune/prune-vault.ts';

const folder = temporaryFolder();
const source = join(folder, 'src');
let made: TimedVault;
let timed: TimedVault;
/** Two snapshots of the same folder; between them some files changed. */
let snapshots: readonly SavedSnapshot[];

/** Enough for many nodes, with something to drop in few of them and in all of them. */
beforeAll(async () => {
  for (let d = 0; d < 12; d++) {
    mkdirSync(join(source, `d${String(d).padStart(2, '0')}`, 'cache'), { recursive: true });
    const below = join(source, `d${String(d).padStart(2, '0')}`);
    for (let f = 0; f < 250; f++) writeFileSync(join(below, `f${f}.txt`), `${d} ${f}`);
    writeFileSync(join(below, 'big.iso'), Buffer.alloc(20_000, `iso ${d}`));
    writeFileSync(join(below, 'cache', 'x'), 'cached');
    writeFileSync(join(below, 'cache', 'keep.me'), 'kept');
  }
  made = await TimedVault.create();
  await using vault = await made.open();
  await backUp(vault, [source], { timeMs: made.clock(), tags: ['one'] });
  writeFileSync(join(source, 'd03', 'f7.txt'), 'changed');
  rmSync(join(source, 'd05', 'f9.txt'));
  await backUp(vault, [source], { timeMs: made.clock(), tags: ['two'] });
  snapshots = await listSnapshots(vault);
});

beforeEach(async () => {
  timed = new TimedVault();
  for (const key of await made.keys(''))
    await overwrite(timed.store, key, await made.store.get(key));
});

async function rewriteIn(options: Partial<RewriteOptions>): Promise<RewriteEvent[]> {
  await using vault = await timed.open();
  return await collect(rewrite(vault, { selectors: [], exclude: [], ...options }));
}

async function live(): Promise<SavedSnapshot[]> {
  await using vault = await timed.open();
  return await listSnapshots(vault);
}

async function pathsOf(saved: SavedSnapshot | undefined): Promise<string[]> {
  if (!saved) throw new Error('no such snapshot');
  await using vault = await timed.open();
  const entries = await collect(listEntries(vault, saved, undefined, { recursive: true }));
  return entries.map(({ path }) => displayPath(path));
}

/** What a backup would have saved that had excluded these from the beginning. */
async function backedUpWith(exclude: string[]): Promise<SavedSnapshot> {
  await using vault = await timed.open();
  const { summary } = await backUp(vault, [source], { exclude, host: 'other', force: true });
  return await loadSnapshot(vault, summary.snapshotId ?? '');
}

describe('rewriting', () => {
  test.each([
    ['a few files', ['/**/d07/f1*.txt']],
    ['something of each folder', ['*.iso', 'cache']],
    ['a whole folder', [join(source, 'd04')]],
    ['the first of all folders', [join(source, 'd00')]],
    ['all but one file', ['f*', 'cache', '*.iso', '!/**/d02/f3.txt']],
    ['what is taken back inside', [`${source}/d0*/cache`, `!${source}/d01/cache/keep.me`]],
  ])('drops %s, as a backup would have left it out', async (_name, exclude) => {
    const latest = snapshots[1];
    const events = await rewriteIn({ selectors: [latest?.id ?? ''], exclude, forget: true });
    const now = (await live()).at(-1);
    const expected = await backedUpWith(exclude);
    expect(await pathsOf(now)).toEqual(await pathsOf(expected));
    expect(await digestOf(now)).toBe(await digestOf(expected));
    expect(now?.snapshot.totals).toEqual(expected.snapshot.totals);
    expect(now?.snapshot.manifest.entries).toBe(expected.snapshot.manifest.entries);
    const { manifest: _manifest, totals: _totals, ...rest } = latest?.snapshot ?? madeUp();
    expect(now?.snapshot).toMatchObject(rest);
    const report = events.find((event) => event.type === 'rewritten');
    const before = latest?.snapshot.totals.files ?? 0;
    expect(report?.dropped.files).toBe(before - expected.snapshot.totals.files);
    await using vault = await timed.open();
    expect(await findingsOf(vault)).toEqual([]);
  });

  test('stores only the nodes that lost something, and no file contents', async () => {
    const data = await timed.keys('data/');
    const meta = await timed.keys('meta/');
    const [, , summary] = await rewriteIn({
      filter: {},
      exclude: [join(source, 'd07', 'f1.txt')],
    }).then((events) => events.filter(({ type }) => type !== 'progress'));
    expect(summary).toMatchObject({ rewritten: 2, unchanged: 0 });
    expect(await timed.keys('data/')).toEqual(data);
    expect((await timed.keys('meta/')).length).toBe(meta.length + 1);
    const now = await live();
    const [before, after] = [await leavesOf(snapshots[0]), await leavesOf(now[0])];
    expect(before.length).toBeGreaterThan(1);
    expect(after.filter((id) => !before.includes(id)).length).toBeLessThanOrEqual(1);
  });

  test('keeps the old snapshot unless told otherwise', async () => {
    await rewriteIn({ filter: {}, exclude: ['cache'] });
    expect(await live()).toHaveLength(4);
    const again = await rewriteIn({ filter: {}, exclude: ['cache'], forget: true });
    expect(again.at(-1)).toMatchObject({ rewritten: 2, unchanged: 2, forgotten: 2 });
    const now = await live();
    expect(now.map(({ snapshot }) => snapshot.tags)).toEqual([['one'], ['two']]);
    expect(now.map(({ id }) => id)).not.toContain(snapshots[0]?.id);
    expect((await pathsOf(now[0])).filter((path) => path.includes('cache'))).toEqual([]);
  });

  test('leaves snapshots alone that hold nothing of it', async () => {
    const events = await rewriteIn({ filter: {}, exclude: ['nothing-like-this'], forget: true });
    expect(events.at(-1)).toMatchObject({ rewritten: 0, unchanged: 2, bytesStored: 0 });
    expect((await live()).map(({ id }) => id)).toEqual(snapshots.map(({ id }) => id));
  });

  test('dry says what would be dropped, and does nothing', async () => {
    const keys = await timed.keys('');
    const selectors = [snapshots[0]?.id ?? ''];
    const events = await rewriteIn({
      selectors,
      exclude: ['*.iso'],
      dryRun: true,
      reportPaths: true,
      forget: true,
    });
    const paths = events.flatMap((event) => (event.type === 'path' ? [event.path] : []));
    expect(paths).toHaveLength(12);
    expect(paths[0]).toBe(join(source, 'd00', 'big.iso'));
    expect(events.at(-1)).toMatchObject({ rewritten: 1, dryRun: true });
    expect(await timed.keys('')).toEqual(keys);
  });

  test('does not leave a snapshot with nothing in it', async () => {
    await expect(rewriteIn({ filter: {}, exclude: ['/**'] })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('nothing would be left'),
    });
    expect(await live()).toHaveLength(2);
  });

  test('without a pattern, or of no snapshot, is a mistake', async () => {
    await expect(rewriteIn({ filter: {} })).rejects.toMatchObject({ code: 'usage' });
    await expect(rewriteIn({ exclude: ['x'] })).rejects.toMatchObject({ code: 'usage' });
  });
});

test('what was dropped is gone from the vault once the old snapshots are pruned', async () => {
  const [first] = snapshots;
  const file = join('d07', 'big.iso');
  await using before = await timed.open();
  expect(await savedContent(before, source, file, first?.id)).toHaveLength(20_000);
  await rewriteIn({ filter: {}, exclude: ['*.iso'], forget: true });
  for (let i = 0; i < 3; i++) {
    timed.wait(GRACE_MS + HOUR_MS);
    await timed.prune({ maxUnused: { fraction: 0 } });
  }
  const now = await live();
  expect(now).toHaveLength(2);
  await using vault = await timed.open();
  expect(await findingsOf(vault)).toEqual([]);
  const left = await savedContent(vault, source, join('d03', 'f7.txt'), now[1]?.id);
  expect(left.toString()).toBe('changed');
  await expect(savedContent(vault, source, file, now[1]?.id)).rejects.toMatchObject({
    code: 'snapshot/path',
  });
});

test('begins anew where a prune takes the new manifest for garbage meanwhile', async () => {
  const known = await timed.keys('meta/');
  let isCondemned = false;
  const store = new Proxy(timed.store, {
    get(inner, name) {
      const value: unknown = Reflect.get(inner, name, inner);
      if (typeof value !== 'function') return value;
      if (name !== 'put') return value.bind(inner);
      return async (key: string, ...rest: unknown[]) => {
        if (key.startsWith('gc/') && !isCondemned) {
          isCondemned = true;
          const added = (await timed.keys('meta/')).filter((one) => !known.includes(one));
          const packs = { data: [], meta: added.map((one) => one.slice(-32)) };
          await using vault = await timed.open();
          await saveGcRecord(vault, { type: 'condemned', timeMs: 1, graceMs: 0, packs });
        }
        return (value as (...all: unknown[]) => Promise<void>).call(inner, key, ...rest);
      };
    },
  });
  await using vault = await timed.open(store);
  const options = { selectors: [], filter: {}, exclude: ['*.iso'], forget: true };
  const events = await collect(rewrite(vault, options));
  expect(events.filter(({ type }) => type === 'notice')).toMatchObject([
    { message: expect.stringContaining('begins anew') },
  ]);
  expect(events.at(-1)).toMatchObject({ rewritten: 2, forgotten: 2 });
  for (let i = 0; i < 3; i++) {
    timed.wait(GRACE_MS + HOUR_MS);
    await timed.prune();
  }
  expect(await live()).toHaveLength(2);
  await using after = await timed.open();
  expect(await findingsOf(after)).toEqual([]);
});

async function leavesOf(saved: SavedSnapshot | undefined): Promise<string[]> {
  if (!saved) throw new Error('no such snapshot');
  await using vault = await timed.open();
  const { reader } = await openSnapshot(vault, saved);
  return (await collect(reader.leavesFrom(new Uint8Array(0)))).map(({ id }) => toHex(id));
}

/** Of the nodes from the backed up folder on: those above change with the machine. */
async function digestOf(saved: SavedSnapshot | undefined): Promise<string> {
  if (!saved) throw new Error('no such snapshot');
  await using vault = await timed.open();
  const { reader } = await openSnapshot(vault, saved);
  return await treeDigestOf(reader, toPathKey(Buffer.from(source)));
}

function madeUp(): never {
  throw new Error('there is one');
}
