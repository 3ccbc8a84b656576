import { chmodSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { displayPath, toPathKey } from '../../src/files/path.ts';
import type { Entry } from '../../src/format/entry.ts';
import { EntryType } from '../../src/format/entry.ts';
import { compareEntries } from '../../src/jobs/diff/compare-entries.ts';
import type { DiffOptions } from '../../src/jobs/diff/diff.ts';
import { diff } from '../../src/jobs/diff/diff.ts';
import type { DiffItem, DiffSummary } from '../../src/jobs/diff/events.ts';
import { listEntries } from '../../src/jobs/list.ts';
import { listSnapshots, resolveSnapshot } from '../../src/jobs/snapshots.ts';
import { DirectoryStore } from '../../src/store/directory.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { ChunkLoader } from '../../src/vault/chunk-loader.ts';
import { loadIndex } from '../../src/vault/index/load-index.ts';
import type { SavedSnapshot } from '../../src/vault/snapshots.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { backUp, collect, flip, keysUnder, newVault, reopen } from '../support/test-vault.ts';
import { random, symlink, tree } from '../support/tree.ts';
import { fileChunks, minus, sumOf } from './chunks-of.ts';
import { ChangingTree } from './random-trees.ts';

const folder = temporaryFolder();

interface Compared {
  readonly items: readonly DiffItem[];
  readonly summary: DiffSummary;
}

async function compare(vault: Vault, options: DiffOptions): Promise<Compared> {
  const events = await collect(diff(vault, options));
  const last = events.at(-1);
  if (last?.type !== 'summary') throw new Error('a comparison ends with its summary');
  return { items: events.filter((event) => event.type === 'item'), summary: last };
}

const key = (path: string) => toPathKey(Buffer.from(path));

describe('snapshots of a tree that changes', () => {
  const marks = { added: '+', removed: '-', changed: 'M', metadata: 'U', type: 'T' };
  const lineOf = ({ change, before, after }: DiffItem): string => {
    const { path } = (after ?? before) as Entry;
    return `${marks[change]} ${displayPath(path)}`;
  };

  test.each([1, 2])('differ in what reading both whole shows (tree %i)', async (seed) => {
    const vault = await newVault(new DirectoryStore(join(folder, `vault${seed}`)));
    const changing = new ChangingTree(join(folder, `tree${seed}`), 1000 * seed);
    for (const changes of [60, 5, 40]) {
      changing.step(changes);
      await backUp(vault, [changing.root]);
    }
    const snapshots = await listSnapshots(vault);
    const lists = await Promise.all(snapshots.map((saved) => everything(vault, saved)));
    for (const [i, before] of snapshots.entries()) {
      for (const [j, after] of snapshots.entries()) {
        const { items, summary } = await compare(vault, { before, after, metadata: true });
        const expected = differences(lists[i] ?? [], lists[j] ?? []);
        expect(items.map(lineOf)).toEqual(expected.map(({ line }) => line));
        expect(summary.chunks).toEqual(await chunkBalance(vault, expected));
        const { added, removed, changed } = summary;
        const [was, is] = [before.snapshot.totals, after.snapshot.totals];
        const grown = changed.bytesAfter - changed.bytesBefore;
        expect({
          files: was.files + added.files - removed.files,
          directories: was.directories + added.directories - removed.directories,
          others: was.others + added.others - removed.others,
          bytes: was.bytes + added.bytes - removed.bytes + grown,
        }).toEqual(is);
      }
    }
  });

  interface Difference {
    readonly line: string;
    readonly before: Entry | undefined;
    readonly after: Entry | undefined;
  }

  async function everything(vault: Vault, saved: SavedSnapshot): Promise<Entry[]> {
    return collect(listEntries(vault, saved, undefined, { recursive: true }));
  }

  function differences(a: readonly Entry[], b: readonly Entry[]): Difference[] {
    const name = ({ path }: Entry) => Buffer.from(path).toString('latin1');
    const [before, after] = [a, b].map((list) => new Map(list.map((one) => [name(one), one])));
    const names = [...new Set([...a, ...b].map(name))].sort();
    const words = { none: '', metadata: 'U', content: 'M', type: 'T' };
    return names.flatMap((one) => {
      const [old, now] = [before?.get(one), after?.get(one)];
      const mark = old && now ? words[compareEntries(old, now).kind] : old ? '-' : '+';
      const path = displayPath(Buffer.from(one, 'latin1'));
      return mark === '' ? [] : [{ line: `${mark} ${path}`, before: old, after: now }];
    });
  }

  async function chunkBalance(vault: Vault, found: readonly Difference[]) {
    const index = await loadIndex(vault);
    const loader = new ChunkLoader(vault, index, { cacheBytes: 1 << 24 });
    const content = found.filter(({ line }) => !line.startsWith('U'));
    const chunksOn = async (side: 'before' | 'after') => {
      const entries = content.flatMap(({ [side]: entry }) => (entry ? [entry] : []));
      return new Set((await Promise.all(entries.map((e) => fileChunks(loader, e)))).flat());
    };
    const [old, now] = [await chunksOn('before'), await chunksOn('after')];
    return {
      added: sumOf(index, minus(now, old)).data,
      removed: sumOf(index, minus(old, now)).data,
    };
  }
});

describe('a comparison', () => {
  const files = join(folder, 'files');
  const store = new MemoryStore();
  let vault: Vault;
  let before: SavedSnapshot;
  let after: SavedSnapshot;

  beforeAll(async () => {
    vault = await newVault(store);
    tree(files, {
      sub: { 'changed.txt': 'one', 'gone.bin': random(5000, 1), mode: 'x' },
      turned: 'a file',
      link: symlink('here'),
      silent: 'was good',
    });
    await backUp(vault, [files]);
    before = await resolveSnapshot(vault, 'latest');
    writeFileSync(join(files, 'sub/changed.txt'), 'one and two');
    rmSync(join(files, 'sub/gone.bin'));
    chmodSync(join(files, 'sub/mode'), 0o640);
    rmSync(join(files, 'turned'));
    mkdirSync(join(files, 'turned'));
    rmSync(join(files, 'link'));
    tree(files, { link: symlink('there'), new: { 'new.bin': random(7000, 2) } });
    await backUp(vault, [files]);
    after = await resolveSnapshot(vault, 'latest');
  });

  const shown = ({ items }: Compared): string[] =>
    items.map(({ change, before: old, after: now }) => {
      const path = displayPath((now ?? old)?.path ?? Buffer.alloc(0));
      return `${change} ${path.slice(files.length + 1)}`;
    });

  test('tells what was added, removed, and changed in what way', async () => {
    // Not of the folders above, in which others work as well.
    const compared = await compare(vault, { before, after, path: key(files) });
    expect(shown(compared)).toEqual([
      'changed link',
      'added new',
      'added new/new.bin',
      'changed sub/changed.txt',
      'removed sub/gone.bin',
      'type turned',
    ]);
    expect(compared.summary).toMatchObject({
      before: before.id,
      after: after.id,
      added: { files: 1, directories: 2, others: 0, bytes: 7000 },
      removed: { files: 2, directories: 0, others: 0, bytes: 5006 },
      changed: { files: 1, others: 1, bytesBefore: 3, bytesAfter: 11 },
      retyped: 1,
      silent: 0,
      metadata: 3,
    });
  });

  test('tells of metadata where it is asked to, and which', async () => {
    const { items } = await compare(vault, { before, after, path: key(files), metadata: true });
    const only = items.filter(({ change }) => change === 'metadata');
    const named = only.map(({ after: now, fields }) => {
      return [displayPath(now?.path ?? Buffer.alloc(0)).slice(files.length), ...fields];
    });
    expect(named).toEqual([
      ['', 'mtime'],
      ['/sub', 'mtime'],
      ['/sub/mode', 'mode'],
    ]);
  });

  test('of a path looks no further', async () => {
    const compared = await compare(vault, { before, after, path: key(join(files, 'sub')) });
    expect(shown(compared)).toEqual(['changed sub/changed.txt', 'removed sub/gone.bin']);
    const one = await compare(vault, { before, after, path: key(join(files, 'sub/gone.bin')) });
    expect(one.summary.removed).toMatchObject({ files: 1, bytes: 5000 });
  });

  test('of a path that neither has fails, and says what is near', async () => {
    const failing = compare(vault, { before, after, path: key(join(files, 'sub/nothing')) });
    await expect(failing).rejects.toMatchObject({ code: 'snapshot/path' });
    await expect(failing).rejects.toHaveProperty('hint', expect.stringMatching(/nearest folder/));
  });

  test('of a snapshot with itself reads nothing and finds nothing', async () => {
    const { items, summary } = await compare(vault, { before, after: before });
    expect({ items, nodesRead: summary.nodesRead }).toEqual({ items: [], nodesRead: 0 });
  });

  test('notices content that changed while size and times did not', async () => {
    const path = join(files, 'silent');
    utimesSync(path, 5, 5);
    const own = await newVault();
    await backUp(own, [files]);
    writeFileSync(path, 'was goox');
    utimesSync(path, 5, 5);
    await backUp(own, [files], { force: true });
    const [first, second] = await listSnapshots(own);
    if (!first || !second) throw new Error('two snapshots were made');
    const [item] = (await compare(own, { before: first, after: second })).items;
    // The change time cannot be set back from here: it tells of this change, and damage would not move it.
    expect(item).toMatchObject({ change: 'changed', isSilent: false, fields: [] });
    expect(item?.after?.type).toBe(EntryType.file);
  });

  test('stops with an error where a part that differs is damaged', async () => {
    const [newest = ''] = (await keysUnder(store, 'meta/')).toReversed();
    await flip(store, newest, 200);
    const again = await reopen(store);
    await expect(compare(again, { before, after })).rejects.toMatchObject({
      code: expect.stringMatching(/^object\//),
    });
    await flip(store, newest, 200);
  });

  test('stops when it is told to', async () => {
    const stop = new AbortController();
    stop.abort(new Error('enough'));
    const events = diff(vault, { before, after, signal: stop.signal });
    await expect(collect(events)).rejects.toThrow();
  });
});
