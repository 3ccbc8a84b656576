import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareBytes } from '../../src/base/bytes.ts';
import { displayPath, isInside } from '../../src/files/path.ts';
import type { Entry, PathKey } from '../../src/format/entry.ts';
import { EntryType } from '../../src/format/entry.ts';
import { emptyEntry } from '../../src/format/entry-row.ts';
import { NodeWriter } from '../../src/format/manifest-node.ts';
import type { ManifestRoot } from '../../src/format/snapshot.ts';
import { ChunkBalance } from '../../src/jobs/diff/chunk-balance.ts';
import { ManifestSearch } from '../../src/jobs/find/manifest-search.ts';
import { compareEntries } from '../../src/jobs/diff/compare-entries.ts';
import { ManifestCursor } from '../../src/jobs/diff/manifest-cursor.ts';
import { mergeManifests } from '../../src/jobs/diff/merge-manifests.ts';
import { ChunkTable } from '../../src/vault/index/chunk-table.ts';
import { subtreeRange } from '../../src/vault/manifest/manifest-reader.ts';
import { entries, pathKey } from '../format/arbitraries.ts';
import { collect } from '../support/test-vault.ts';
import { madeFile, NodeRoom } from './made-manifests.ts';

const NOWHERE = new Uint8Array(0);

interface Merged {
  readonly lines: string[];
  readonly cursors: readonly [ManifestCursor, ManifestCursor];
}

/** `+ path`, `- path`, `* path` for each pair that is not the same on both sides. */
async function merge(
  room: NodeRoom,
  roots: readonly [ManifestRoot, ManifestRoot],
  path: PathKey = NOWHERE,
): Promise<Merged> {
  const cursor = (root: ManifestRoot) => new ManifestCursor(room, root, subtreeRange(path));
  const cursors = [cursor(roots[0]), cursor(roots[1])] as const;
  const lines: string[] = [];
  for await (const { before, after } of mergeManifests(...cursors)) {
    if (before && after) {
      expect(compareBytes(before.path, after.path)).toBe(0);
      if (compareEntries(before, after).kind !== 'none') lines.push(line('*', after));
    } else if (before) lines.push(line('-', before));
    else if (after) lines.push(line('+', after));
  }
  return { lines, cursors };
}

const line = (mark: string, { path }: Entry): string =>
  `${mark} ${Buffer.from(path).toString('latin1')}`;

/** The same by looking at every entry. */
function expected(a: readonly Entry[], b: readonly Entry[], inside: PathKey): string[] {
  const all = new Map<string, readonly [Entry | undefined, Entry | undefined]>();
  const text = ({ path }: Entry) => Buffer.from(path).toString('latin1');
  for (const entry of a) all.set(text(entry), [entry, undefined]);
  for (const entry of b) all.set(text(entry), [all.get(text(entry))?.[0], entry]);
  const names = [...all.keys()].sort((x, y) =>
    compareBytes(Buffer.from(x, 'latin1'), Buffer.from(y, 'latin1')),
  );
  return names
    .filter((name) => isInside(Buffer.from(name, 'latin1'), inside))
    .flatMap((name) => {
      const [before, after] = all.get(name) ?? [];
      if (!before || !after) return [`${before ? '-' : '+'} ${name}`];
      return compareEntries(before, after).kind === 'none' ? [] : [`* ${name}`];
    });
}

const many = Array.from({ length: 2000 }, (_, i) =>
  madeFile(`home/d${String(i % 40).padStart(2, '0')}/f${i}`, i),
).sort((x, y) => compareBytes(x.path, y.path));

describe('two manifests side by side', () => {
  test('give what a look at every entry gives, in all and under any path', async () => {
    const change = fc.record({ at: fc.nat(), what: fc.constantFrom('drop', 'touch', 'grow') });
    const changes = fc.array(change, { maxLength: 12 });
    const lists = [entries({ maxLength: 90 }), entries({ maxLength: 5 })] as const;
    await fc.assert(
      fc.asyncProperty(...lists, changes, pathKey, async (base, extra, edits, somewhere) => {
        const edited = new Map(base.map((entry) => [line('', entry), entry]));
        for (const { at, what } of edits) {
          const entry = base[at % base.length] as Entry;
          if (what === 'drop') edited.delete(line('', entry));
          else if (what === 'grow' && entry.type === EntryType.file)
            edited.set(line('', entry), { ...entry, size: 1 + entry.size });
          else edited.set(line('', entry), { ...entry, mtimeSec: 1 + entry.mtimeSec });
        }
        for (const entry of extra) edited.set(line('', entry), entry);
        const other = [...edited.values()].sort((x, y) => compareBytes(x.path, y.path));
        if (other.length === 0) return;
        const room = new NodeRoom();
        const roots = [await room.build(base), await room.build(other)] as const;
        const inside = base[edits.length % base.length]?.path ?? NOWHERE;
        for (const path of [NOWHERE, inside, somewhere]) {
          const there = await merge(room, roots, path);
          expect(there.lines).toEqual(expected(base, other, path));
          const back = await merge(room, [roots[1], roots[0]], path);
          expect(back.lines).toEqual(expected(other, base, path));
        }
      }),
      { numRuns: 120 },
    );
  });

  test('that are the same are not read at all', async () => {
    const room = new NodeRoom();
    const root = await room.build(many);
    const { lines } = await merge(room, [root, root]);
    expect({ lines, loaded: room.loaded }).toEqual({ lines: [], loaded: [] });
  });

  test.each([
    ['changed', (list: Entry[]) => void (list[777] = { ...(list[777] as Entry), size: 1 })],
    ['removed', (list: Entry[]) => void list.splice(777, 1)],
    ['added', (list: Entry[]) => void list.splice(777, 0, madeFile('home/d15/f0', 5))],
  ])('are read only where one entry was %s', async (_, edit) => {
    const room = new NodeRoom();
    const other = [...many];
    edit(other);
    other.sort((x, y) => compareBytes(x.path, y.path));
    const roots = [await room.build(many), await room.build(other)] as const;
    const { lines, cursors } = await merge(room, roots);
    expect(lines).toHaveLength(1);
    // On each side the way down, and a neighbour where a node began with the entry.
    const read = cursors.map(({ nodesRead }) => nodesRead);
    expect(Math.max(...read)).toBeLessThanOrEqual(2 * (roots[0].level + 1));
    expect(room.loaded.length).toBeLessThan(60);
    expect(room.nodes.size).toBeGreaterThan(500);
  });

  test('pass what is the same behind a long stretch that only one has', async () => {
    const room = new NodeRoom();
    const other = many.filter(({ path }) => !/d(0|1)/.test(displayPath(path)));
    const roots = [await room.build(many), await room.build(other)] as const;
    const { lines, cursors } = await merge(room, roots);
    expect(lines).toHaveLength(many.length - other.length);
    // The other side has nothing in the stretch, and the rest is the same.
    expect(cursors[1].nodesRead).toBeLessThanOrEqual(2 * (roots[1].level + 1));
    expect(cursors.map(({ entriesPassed }) => entriesPassed)).toEqual([many.length, other.length]);
  });
});

describe('a manifest with a node in several places', () => {
  /** Levels of which each has the same node behind many fences: 64^5 entries out of six nodes. */
  function bomb(room: NodeRoom): ManifestRoot {
    const leaf = new NodeWriter(0);
    leaf.addEntry(madeFile('a'));
    let id = room.save(leaf.take());
    for (let level = 1; level <= 5; level++) {
      const node = new NodeWriter(level);
      for (let i = 0; i < 64; i++) {
        node.addFence({
          path: Buffer.from(i === 0 ? 'a' : `a${i + 100}`),
          id,
          entries: 1,
          bytes: 0,
        });
      }
      id = room.save(node.take());
    }
    return { id, level: 5, entries: 64 ** 5 };
  }

  test('is refused', async () => {
    const room = new NodeRoom();
    const root = await room.build([madeFile('b')]);
    await expect(merge(room, [bomb(room), root])).rejects.toMatchObject({ code: 'format/invalid' });
  });

  test('is searched no longer than its distinct nodes take', async () => {
    const room = new NodeRoom();
    const damaged: string[] = [];
    const search = new ManifestSearch({
      chunks: room.chunks,
      source: room,
      matches: () => true,
      ranges: undefined,
      onDamage: (error) => void damaged.push(error.code),
    });
    expect((await collect(search.search(bomb(room)))).flat()).toEqual([]);
    expect(new Set(damaged)).toEqual(new Set(['format/invalid']));
    expect(damaged.length).toBeLessThan(6 * 64);
  });
});

describe('two entries', () => {
  const file = madeFile('a', 1, { mtimeSec: 5, ctimeSec: 7 });
  const link = emptyEntry(file.path, EntryType.symlink);
  const other = madeFile('a', 2);
  const xattrs = ['a', 'b'].map((name) => ({ name: Buffer.from(name), value: Buffer.from('v') }));
  test.each<[string, Partial<Entry>, string, readonly string[]]>([
    ['the same', {}, 'none', []],
    ['another inode', { inode: 5n, device: 2n, links: 3, ctimeSec: 99, sparse: true }, 'none', []],
    ['another mode', { mode: 0o600 }, 'metadata', ['mode']],
    ['another owner', { uid: 1, user: 'x' }, 'metadata', ['owner']],
    ['another group', { group: 'x' }, 'metadata', ['group']],
    ['another time', { mtimeNs: 1 }, 'metadata', ['mtime']],
    ['an attribute', { xattrs }, 'metadata', ['xattrs']],
    ['other content', { content: other.content, mtimeSec: 6 }, 'content', ['mtime']],
    ['another size', { size: 3, ctimeSec: 8 }, 'content', []],
    ['another type', { ...link, mtimeSec: 5 }, 'type', []],
  ])('of which one has %s', (_, change, kind, fields) => {
    expect(compareEntries(file, { ...file, ...change })).toMatchObject({
      kind,
      fields,
      isSilent: false,
    });
  });

  test('whose attributes are in another order are the same', () => {
    const there = { ...file, xattrs };
    expect(compareEntries(there, { ...file, xattrs: xattrs.toReversed() }).kind).toBe('none');
    const changed = [{ name: Buffer.from('a'), value: Buffer.from('w') }, xattrs[1] as never];
    expect(compareEntries(there, { ...file, xattrs: changed }).fields).toEqual(['xattrs']);
  });

  test('that differ in content alone are told apart from changes', () => {
    const content = other.content;
    expect(compareEntries(file, { ...file, content }).isSilent).toBe(true);
    expect(compareEntries(file, { ...file, content, ctimeSec: 8 }).isSilent).toBe(false);
    expect(compareEntries(link, { ...link, target: Buffer.from('x') }).kind).toBe('content');
  });
});

describe('the balance of chunks', () => {
  test('looks into lists, and into none that both files have', async () => {
    const chunks = ChunkTable.create(100);
    const id = (n: number) => Buffer.alloc(32, n);
    for (let n = 1; n <= 6; n++) {
      const place = { pack: 0, offset: 0, storedBytes: n, rawBytes: 10 * n, codec: 0 };
      chunks.add(id(n), 0, place);
    }
    const lists = new Map([
      ['a1', [1, 2]],
      ['a2', [3, 4]],
      ['a3', [4, 5, 9]],
    ]);
    const loaded: string[] = [];
    const load = async (list: Uint8Array) => {
      const name = Buffer.from(list.subarray(0, 1)).toString('hex');
      loaded.push(name);
      return Buffer.concat((lists.get(name) ?? []).map(id));
    };
    const large = (...names: number[]) =>
      madeFile('large', 0, { contentDepth: 1, content: Buffer.concat(names.map(id)) });
    const balance = new ChunkBalance(chunks, { load });
    await balance.add(large(0xa1, 0xa2), large(0xa1, 0xa3));
    await balance.add(undefined, madeFile('small', 0, { content: id(6) }));
    await balance.add(madeFile('moved', 0, { content: id(1) }), undefined);
    await balance.add(undefined, madeFile('here', 0, { content: id(1) }));
    expect(loaded.sort()).toEqual(['a2', 'a3']);
    expect(balance.totals()).toEqual({
      added: { chunks: 2, rawBytes: 110, storedBytes: 11 },
      removed: { chunks: 1, rawBytes: 30, storedBytes: 3 },
    });
    expect(balance.unknown).toBe(1);
  });
});
