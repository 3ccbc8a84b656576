import { chmodSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '../../src/base/failure.ts';
import { displayPath, toPathKey } from '../../src/files/path.ts';
import type { Entry } from '../../src/format/entry.ts';
import { EntryType } from '../../src/format/entry.ts';
import type { EntryFilter } from '../../src/jobs/find/entry-matcher.ts';
import { entryMatcher } from '../../src/jobs/find/entry-matcher.ts';
import type { FindSummary } from '../../src/jobs/find/events.ts';
import type { FindOptions } from '../../src/jobs/find/find.ts';
import { find } from '../../src/jobs/find/find.ts';
import { history } from '../../src/jobs/find/history.ts';
import { ManifestSearch } from '../../src/jobs/find/manifest-search.ts';
import { searchRanges } from '../../src/jobs/find/search-ranges.ts';
import { listSnapshots } from '../../src/jobs/snapshots.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { loadIndex } from '../../src/vault/index/load-index.ts';
import type { SavedSnapshot } from '../../src/vault/snapshots.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { entries } from '../format/arbitraries.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import {
  backUp,
  collect,
  copyOf,
  flip,
  keysUnder,
  newVault,
  reopen,
} from '../support/test-vault.ts';
import { symlink, tree } from '../support/tree.ts';
import { chunksOf } from './chunks-of.ts';
import { madeFile, NodeRoom } from './made-manifests.ts';

const folder = temporaryFolder();
const files = join(folder, 'files');
const store = new MemoryStore();
let vault: Vault;
let snapshots: SavedSnapshot[];

beforeAll(async () => {
  vault = await newVault(store);
  tree(files, {
    docs: { 'Letter.TXT': 'x', 'notes.txt': 'first', old: { 'notes.txt': 'y' } },
    'big.bin': new Uint8Array(100_000),
    link: symlink('docs/notes.txt'),
  });
  utimesSync(join(files, 'docs/Letter.TXT'), 1_500_000_000, 1_500_000_000);
  await backUp(vault, [files], { tags: ['one'] });
  writeFileSync(join(files, 'docs/notes.txt'), 'second');
  await backUp(vault, [files]);
  rmSync(join(files, 'docs/old'), { recursive: true });
  await backUp(vault, [files]);
  snapshots = await listSnapshots(vault);
});

/** `<number of the snapshot> <path below the tree>` of each match. */
async function found(
  options: Partial<FindOptions>,
  where: Vault = vault,
): Promise<{ lines: string[]; summary: FindSummary }> {
  const events = await collect(find(where, { snapshots, ...options }));
  const last = events.at(-1);
  if (last?.type !== 'summary') throw new Error('a search ends with its summary');
  const matches = events.filter((event) => event.type === 'match');
  const lines = matches.map(({ snapshot, entry }) => {
    const number = snapshots.findIndex(({ id }) => id === snapshot.id);
    return `${number} ${displayPath(entry.path).slice(files.length + 1)}`;
  });
  return { lines, summary: last };
}

describe('finding', () => {
  test('a name gives it in each snapshot that has it, with what it was there', async () => {
    const { lines, summary } = await found({ patterns: ['notes.txt'] });
    expect(lines).toEqual([
      '0 docs/notes.txt',
      '0 docs/old/notes.txt',
      '1 docs/notes.txt',
      '1 docs/old/notes.txt',
      '2 docs/notes.txt',
    ]);
    expect(summary).toMatchObject({ matches: 5, snapshots: 3, snapshotsWithMatches: 3 });
    const events = await collect(find(vault, { snapshots, patterns: ['notes.txt'] }));
    const sizes = events.flatMap((event) => (event.type === 'match' ? [event.entry.size] : []));
    expect(sizes).toEqual([5, 1, 6, 1, 6]);
  });

  test.each<[EntryFilter, readonly string[]]>([
    [{ patterns: ['*.TXT'] }, ['docs/Letter.TXT']],
    [{ patterns: ['letter.*'] }, []],
    [{ patterns: ['letter.*'], ignoreCase: true }, ['docs/Letter.TXT']],
    [{ patterns: ['docs/*.txt', 'link'] }, ['docs/notes.txt', 'link']],
    [
      { patterns: ['*', '!*o*', '!files'], types: [EntryType.file] },
      ['big.bin', 'docs/Letter.TXT'],
    ],
    [{ patterns: ['doc?/'] }, ['docs']],
    [{ patterns: ['notes.txt/'] }, []],
    [{ types: [EntryType.symlink] }, ['link']],
    [{ sizeMin: 7 }, ['big.bin']],
    [{ sizeMin: 1, sizeMax: 1 }, ['docs/Letter.TXT']],
    [{ types: [EntryType.file], olderMs: 1_500_000_000_001 }, ['docs/Letter.TXT']],
    [{ patterns: ['*.TXT'], newerMs: 1_500_000_000_000 }, ['docs/Letter.TXT']],
    [{ patterns: ['*.TXT'], newerMs: 1_500_000_000_001 }, []],
    [{ patterns: ['*.TXT'], olderMs: 1_500_000_000_000 }, []],
  ])('with %j', async (filter, paths) => {
    const { lines } = await found({ ...filter, snapshots: snapshots.slice(2) });
    expect(lines).toEqual(paths.map((path) => `2 ${path}`));
  });

  test('an absolute pattern matches from the top', async () => {
    const { lines } = await found({ patterns: [`${files}/*/notes.txt`] });
    expect(lines).toEqual(['0 docs/notes.txt', '1 docs/notes.txt', '2 docs/notes.txt']);
    expect((await found({ patterns: ['/docs'] })).lines).toEqual([]);
  });

  test.each(['[a', 'a/../b', ''])("refuses '%s' as a pattern", async (pattern) => {
    await expect(found({ patterns: [pattern] })).rejects.toMatchObject({ code: 'usage' });
  });

  test('goes on where a part is damaged, and says which snapshot misses what', async () => {
    const index = await loadIndex(vault);
    const needs = await Promise.all(snapshots.map((saved) => chunksOf(vault, index, saved)));
    for (const pack of await keysUnder(store, 'meta/')) {
      const number = index.packs.numberOf(pack.slice(-32));
      const isThere = (id: string) =>
        index.chunks.packOf(index.chunks.find(Buffer.from(id, 'hex'))) === number;
      const hit = snapshots.filter((_, i) => [...(needs[i] ?? [])].some(isThere));
      const copy = await copyOf(store);
      await flip(copy, pack, 200);
      const events = await collect(find(await reopen(copy), { snapshots, patterns: ['*'] }));
      const problems = events.filter((event) => event.type === 'problem');
      expect(new Set(problems.map(({ path }) => path.split(':')[0]))).toEqual(
        new Set(hit.map(({ id }) => id.slice(0, 8))),
      );
      expect(problems[0]).toMatchObject({ severity: 'error', reason: 'damaged' });
      const whole = snapshots.filter((saved) => !hit.includes(saved));
      for (const { id, snapshot } of whole) {
        const own = events.filter((event) => event.type === 'match' && event.snapshot.id === id);
        expect(own).toHaveLength(snapshot.manifest.entries);
      }
    }
  });
});

describe('searching many manifests', () => {
  const base = Array.from({ length: 1500 }, (_, i) => madeFile(`d${i % 9}/f${i}`, i % 7));
  const sorted = (list: readonly Entry[]) =>
    list.toSorted((a, b) => Buffer.compare(a.path, b.path));

  function searchOf(
    room: NodeRoom,
    filter: EntryFilter,
    more: Partial<ConstructorParameters<typeof ManifestSearch>[0]> = {},
  ) {
    return new ManifestSearch({
      chunks: room.chunks,
      source: room,
      matches: entryMatcher(filter),
      ranges: searchRanges(filter.patterns ?? [], false),
      onDamage: (error) => expect(error).toBeUndefined(),
      ...more,
    });
  }

  async function pathsFound(
    search: ManifestSearch,
    root: Awaited<ReturnType<NodeRoom['build']>>,
  ): Promise<string[]> {
    return (await collect(search.search(root))).flat().map(({ path }) => displayPath(path));
  }

  test('reads each node once, however many of them have it', async () => {
    const room = new NodeRoom();
    const lists = [base, base.slice(0, -3), [...base, madeFile('x/f7', 1)], base].map(sorted);
    const search = searchOf(room, { patterns: ['f7', 'f77?'] });
    for (const list of lists) {
      const root = await room.build(list);
      const wanted = list.filter(({ path }) => /\/f77?.?$/.test(displayPath(path)));
      const matching = wanted.filter(({ path }) => /\/f(7|77.)$/.test(displayPath(path)));
      expect(await pathsFound(search, root)).toEqual(matching.map(({ path }) => displayPath(path)));
    }
    expect(new Set(room.loaded).size).toBe(room.loaded.length);
    expect(search.nodesRead).toBe(room.loaded.length);
    expect(room.loaded.length).toBe(room.nodes.size);
  });

  test('reads only what an absolute pattern can lie in', async () => {
    const room = new NodeRoom();
    const root = await room.build(sorted(base));
    const search = searchOf(room, { patterns: ['/d3/f3', '/d5/f1*'] });
    const wanted = sorted(base).filter(({ path }) => /^.d3.f3$|^.d5.f1/.test(displayPath(path)));
    expect(await pathsFound(search, root)).toEqual(wanted.map(({ path }) => displayPath(path)));
    expect(room.loaded.length).toBeLessThan(room.nodes.size / 2);
  });

  test('gives what a look at every entry gives', async () => {
    const patterns = fc.constantFrom('a', '/a', '*b*', 'a/*', '/*/b', '**/ü', 'a?');
    await fc.assert(
      fc.asyncProperty(
        fc.array(entries({ maxLength: 60 }), { minLength: 1, maxLength: 4 }),
        fc.array(patterns, { minLength: 1, maxLength: 3 }),
        async (lists, wanted) => {
          const room = new NodeRoom();
          const search = searchOf(room, { patterns: wanted });
          const matches = entryMatcher({ patterns: wanted });
          for (const list of lists) {
            const expected = list.filter(matches).map(({ path }) => displayPath(path));
            expect(await pathsFound(search, await room.build(list))).toEqual(expected);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('reads matches again that were too many to remember', async () => {
    const room = new NodeRoom();
    const list = sorted(base);
    const root = await room.build(list);
    const search = searchOf(room, { patterns: ['f*'] }, { matchesKept: 50 });
    for (let round = 0; round < 2; round++) {
      let count = 0;
      for await (const some of search.search(root)) count += some.length;
      expect(count).toBe(list.length);
    }
    expect(room.loaded.length).toBeGreaterThan(room.nodes.size);
  });

  test('tells of a damaged node each time that it is met, and fetches it once', async () => {
    const room = new NodeRoom();
    const root = await room.build(sorted(base));
    const [gone = ''] = [...room.nodes.keys()];
    let asked = 0;
    const damaged: string[] = [];
    const search = searchOf(
      room,
      { patterns: ['f7'] },
      {
        source: {
          load: async (id) => {
            if (Buffer.from(id).toString('hex') !== gone) return room.load(id);
            asked++;
            throw new AppError('chunk/mismatch', 'not what it should be');
          },
        },
        onDamage: (error) => void damaged.push(error.code),
      },
    );
    await pathsFound(search, root);
    await pathsFound(search, root);
    expect({ damaged, asked }).toEqual({ damaged: ['chunk/mismatch', 'chunk/mismatch'], asked: 1 });
  });
});

describe('the history of a path', () => {
  const place = join(folder, 'history');
  const path = join(place, 'a/file');
  const key = toPathKey(Buffer.from(path));
  let own: Vault;
  let saved: SavedSnapshot[];

  beforeAll(async () => {
    own = await newVault();
    mkdirSync(join(place, 'a'), { recursive: true });
    mkdirSync(join(place, 'b'), { recursive: true });
    const steps: [TestStep, Parameters<typeof backUp>[2]?][] = [
      [() => writeFileSync(join(place, 'a/other'), 'x')],
      [() => writeFileSync(path, 'one')],
      [() => writeFileSync(join(place, 'a/other'), 'changes')],
      [() => writeFileSync(path, 'one'), { host: 'elsewhere' }],
      [() => chmodSync(path, 0o640)],
      [() => writeFileSync(path, 'longer')],
      [() => rmSync(path)],
      [() => undefined],
      [() => writeFileSync(path, 'back')],
      [() => (rmSync(path), mkdirSync(path))],
    ];
    for (const [step, options] of steps) {
      step();
      await backUp(own, [place], options);
    }
    await backUp(own, [join(place, 'b')]);
    saved = await listSnapshots(own);
  });

  type TestStep = () => unknown;

  test('tells each time that it changed, of each host on its own', async () => {
    const events = await collect(history(own, { path: key, snapshots: saved }));
    const versions = events.filter((event) => event.type === 'version');
    const shown = versions.map(({ change, snapshot, entry, fields }) => {
      const number = saved.findIndex(({ id }) => id === snapshot.id);
      return [number, change, entry?.size, fields.filter((field) => field !== 'mtime').join()];
    });
    expect(shown).toEqual([
      [1, 'first', 3, ''],
      [3, 'first', 3, ''],
      [4, 'metadata', 3, 'mode'],
      [5, 'content', 6, ''],
      [6, 'gone', undefined, ''],
      [8, 'again', 4, ''],
      [9, 'type', 0, 'mode'],
    ]);
  });

  test('counts the snapshots that could have had it', async () => {
    const last = (await collect(history(own, { path: key, snapshots: saved }))).at(-1);
    // The one of another folder says nothing.
    expect(last).toMatchObject({ type: 'summary', versions: 7, snapshots: 10 });
  });

  test('of a path that was never there is empty', async () => {
    const nothing = toPathKey(Buffer.from(join(place, 'a/no')));
    const events = await collect(history(own, { path: nothing, snapshots: saved }));
    expect(events.filter(({ type }) => type === 'version')).toEqual([]);
  });
});
