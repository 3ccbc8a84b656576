import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/base/bytes.ts';
import { isInside, parentOf } from '../../src/files/path.ts';
import type { Entry, PathKey } from '../../src/format/entry.ts';
import { EntryType } from '../../src/format/entry.ts';
import { emptyEntry } from '../../src/format/entry-row.ts';
import { NodeWriter } from '../../src/format/manifest-node.ts';
import type { ManifestRoot } from '../../src/format/snapshot.ts';
import { ManifestBuilder } from '../../src/vault/manifest/manifest-builder.ts';
import { ManifestReader } from '../../src/vault/manifest/manifest-reader.ts';
import { entries, inOrder, pathKey, plain } from '../format/arbitraries.ts';
import { collect } from '../support/test-vault.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

/** Cuts so often that a few entries make several levels. */
function startsNode(path: PathKey, averageLog2: number): boolean {
  const level = Math.round((averageLog2 - 9) / 7);
  return sha256(path).readUInt32BE(0) % 3 ** (level + 1) === 0;
}

interface Made {
  readonly root: ManifestRoot;
  readonly nodes: Map<string, Uint8Array>;
}

/** A manifest of entries in order, as a backup makes it. */
async function build(list: readonly Entry[]): Promise<Made> {
  const nodes = new Map<string, Uint8Array>();
  const saveNode = async (node: Uint8Array) => {
    nodes.set(toHex(sha256(node)), node);
    return sha256(node);
  };
  const builder = new ManifestBuilder({ startsNode, saveNode });
  const leaf = new NodeWriter(0);
  let first: Entry | undefined;
  let bytes = 0;
  const close = async () => {
    if (!first) return;
    const fence = { path: first.path, entries: leaf.count, bytes };
    await builder.add({ ...fence, id: await saveNode(leaf.take()) });
    first = undefined;
    bytes = 0;
  };
  for (const entry of list) {
    if (startsNode(entry.path, 9)) await close();
    first ??= entry;
    leaf.addEntry(entry);
    bytes += entry.size;
  }
  await close();
  const root = await builder.finish();
  if (!root) throw new Error('nothing was added');
  return { root, nodes };
}

function readerOf({ root, nodes }: Made, loaded: string[] = []): ManifestReader {
  const load = async (id: Uint8Array) => {
    loaded.push(toHex(id));
    const node = nodes.get(toHex(id));
    if (!node) throw new Error('no such node');
    return node;
  };
  return new ManifestReader({ load }, root);
}

const isChild = (path: PathKey, folder: PathKey): boolean => {
  const parent = parentOf(path);
  return parent !== undefined && Buffer.compare(parent, folder) === 0;
};

const pathsOf = (list: readonly Entry[]) => list.map(({ path }) => toHex(path));
const many = entries({ maxLength: 120 });

describe('a manifest', () => {
  test('gives back its entries, and counts them', async () => {
    await fc.assert(
      fc.asyncProperty(many, async (list) => {
        const made = await build(list);
        expect(made.root.entries).toBe(list.length);
        expect(plain(await collect(readerOf(made).entries()))).toEqual(plain(list));
      }),
      { numRuns: 60 },
    );
  });

  test('gives a subtree, a folder and a path as a filter over everything would', async () => {
    const asked = fc.oneof(pathKey, fc.constant(new Uint8Array(0)));
    await fc.assert(
      fc.asyncProperty(many, asked, fc.nat(), async (list, other, pick) => {
        const reader = readerOf(await build(list));
        const known = list[pick % list.length]?.path ?? other;
        for (const path of [other, known, parentOf(known) ?? other]) {
          const inside = list.filter((entry) => isInside(entry.path, path));
          expect(pathsOf(await collect(reader.entries({ inside: path })))).toEqual(pathsOf(inside));
          const children = list.filter((entry) => isChild(entry.path, path));
          expect(pathsOf(await collect(reader.children(path)))).toEqual(pathsOf(children));
          const exact = list.find((entry) => Buffer.compare(entry.path, path) === 0);
          expect(plain(await reader.find(path))).toEqual(plain(exact));
        }
      }),
      { numRuns: 100 },
    );
  });

  test('shares what did not change with the one before', async () => {
    const list = inOrder(wideTree(3000));
    const before = await build(list);
    const changed = list.map((entry, i) => (i === 1500 ? { ...entry, mtimeSec: 5 } : entry));
    const after = await build(changed);
    const added = [...after.nodes.keys()].filter((id) => !before.nodes.has(id));
    expect(before.nodes.size).toBeGreaterThan(800);
    expect(added.length).toBe(after.root.level + 1);
  });

  test('with an entry more shares all but the nodes on the way to it', async () => {
    const list = inOrder(wideTree(3000));
    const before = await build(list);
    const extra = emptyEntry(Buffer.from('folder7\0extra'), EntryType.file);
    const after = await build(inOrder([...list, extra]));
    const added = [...after.nodes.keys()].filter((id) => !before.nodes.has(id));
    expect(added.length).toBeLessThanOrEqual(2 * (after.root.level + 1));
  });

  test('loads only what a question needs', async () => {
    const made = await build(inOrder(wideTree(3000)));
    const total = made.nodes.size;
    const few = (loaded: string[], share: number) =>
      expect(loaded.length).toBeLessThan(total * share);
    let loaded: string[] = [];
    await readerOf(made, loaded).find(Buffer.from('folder7\0file12'));
    few(loaded, 0.02);
    loaded = [];
    await collect(readerOf(made, loaded).entries({ inside: Buffer.from('folder7') }));
    few(loaded, 0.15);
    loaded = [];
    const top = await collect(readerOf(made, loaded).children(new Uint8Array(0)));
    expect(top).toHaveLength(20);
    few(loaded, 0.2);
  });

  test('ends, also where paths start a node on every level', async () => {
    const nodes: Uint8Array[] = [];
    const saveNode = async (node: Uint8Array) => {
      nodes.push(node);
      return sha256(node);
    };
    const builder = new ManifestBuilder({ startsNode: () => true, saveNode });
    for (let n = 0; n < 5000; n++) {
      const path = Buffer.from(String(n).padStart(5, '0'));
      await builder.add({ path, id: sha256(path), entries: 1, bytes: 0 });
    }
    const root = await builder.finish();
    expect(root).toMatchObject({ entries: 5000 });
    expect(root?.level).toBeLessThanOrEqual(8);
  });

  test('of one entry is that one node', async () => {
    const made = await build([emptyEntry(Buffer.from('a'), EntryType.file)]);
    expect(made.root.level).toBe(0);
    expect(made.nodes.size).toBe(1);
  });

  test('reads the ids of long files from their lists', async () => {
    const lists = [new Uint8Array(64).fill(1), new Uint8Array(32).fill(2)];
    const store = new Map(lists.map((list) => [toHex(sha256(list)), list]));
    const load = async (id: Uint8Array) => store.get(toHex(id)) ?? new Uint8Array(33);
    const reader = new ManifestReader({ load }, { id: new Uint8Array(32), level: 0, entries: 1 });
    const file = emptyEntry(Buffer.from('a'), EntryType.file);
    const content = Buffer.concat(lists.map(sha256));
    const runs = await collect(reader.contentIds({ ...file, contentDepth: 1, content }));
    expect(Buffer.concat(runs).equals(Buffer.concat(lists))).toBe(true);
    const broken = { ...file, contentDepth: 1 as const, content: new Uint8Array(32) };
    await expect(collect(reader.contentIds(broken))).rejects.toMatchObject({
      code: 'format/invalid',
    });
  });
});

/** Twenty folders of files. */
function wideTree(count: number): Entry[] {
  const folders = Array.from({ length: 20 }, (_, i) =>
    emptyEntry(Buffer.from(`folder${i}`), EntryType.directory),
  );
  const files = Array.from({ length: count }, (_, i) =>
    emptyEntry(Buffer.from(`folder${i % 20}\0file${i >> 4}-${i}`), EntryType.file),
  );
  return [...folders, ...files, emptyEntry(Buffer.from('folder7\0file12'), EntryType.file)];
}
