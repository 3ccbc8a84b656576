/** What is lost with a damaged node of a manifest is what was in it, and nothing else. */
import { describe, expect, test } from 'vitest';
import { toHex, utf8Bytes } from '../../src/base/bytes.ts';
import { AppError } from '../../src/base/failure.ts';
import { EntryType } from '../../src/format/entry.ts';
import { emptyEntry } from '../../src/format/entry-row.ts';
import { NodeWriter } from '../../src/format/manifest-node.ts';
import type { ManifestRoot } from '../../src/format/snapshot.ts';
import { ManifestBuilder } from '../../src/vault/manifest/manifest-builder.ts';
import { ManifestReader } from '../../src/vault/manifest/manifest-reader.ts';

const NODES = 40;
const PER_NODE = 5;
const name = (i: number) => utf8Bytes(`file-${String(i).padStart(4, '0')}`);

interface Stored {
  readonly root: ManifestRoot;
  readonly nodes: Map<string, Uint8Array>;
  /** Ids of the nodes of level 0 and 1, in the order they were stored. */
  readonly leaves: readonly string[];
  readonly inner: readonly string[];
}

/** 40 nodes of 5 files, below a top with several nodes under it. */
async function store(): Promise<Stored> {
  const nodes = new Map<string, Uint8Array>();
  const [leaves, inner]: [string[], string[]] = [[], []];
  const keep = (node: Uint8Array, list: string[]) => {
    const id = new Uint8Array(32).fill(nodes.size + 1);
    nodes.set(toHex(id), node);
    list.push(toHex(id));
    return id;
  };
  const builder = new ManifestBuilder({
    startsNode: (path, log2) => log2 < 20 && Number(Buffer.from(path.subarray(-4))) % 50 === 0,
    saveNode: async (node) => keep(node, inner),
  });
  for (let n = 0; n < NODES; n++) {
    const leaf = new NodeWriter(0);
    for (let i = 0; i < PER_NODE; i++) {
      leaf.addEntry(emptyEntry(name(n * PER_NODE + i), EntryType.file));
    }
    const id = keep(leaf.take(), leaves);
    await builder.add({ path: name(n * PER_NODE), id, entries: PER_NODE, bytes: 0 });
  }
  const root = await builder.finish();
  if (!root) throw new Error('there are nodes');
  return { root, nodes, leaves, inner };
}

async function readWithout(lost: string, { root, nodes }: Stored, isTold = true) {
  const load = async (id: Uint8Array) => {
    const node = nodes.get(toHex(id));
    if (toHex(id) === lost || !node) throw new AppError('chunk/mismatch', 'a chunk is damaged');
    return node;
  };
  const reader = new ManifestReader({ load }, root);
  const losses: string[] = [];
  if (isTold) reader.onDamage = (_, from) => losses.push(Buffer.from(from).toString());
  const paths: string[] = [];
  for await (const { path } of reader.entries()) paths.push(Buffer.from(path).toString());
  return { paths, losses };
}

describe('a manifest with a node that cannot be read', () => {
  test('lists everything that is in the others, and says where something is missing', async () => {
    const stored = await store();
    const { paths, losses } = await readWithout(stored.leaves[7] ?? '', stored);
    expect(losses).toEqual(['file-0035']);
    expect(paths).toHaveLength((NODES - 1) * PER_NODE);
    expect(paths).toContain('file-0034');
    expect(paths).not.toContain('file-0035');
    expect(paths).toContain('file-0040');
  });

  test('of a higher level loses what is under that one', async () => {
    const stored = await store();
    expect(stored.root.level).toBe(2);
    const { paths, losses } = await readWithout(stored.inner[1] ?? '', stored);
    expect(losses).toEqual(['file-0050']);
    expect(paths).toHaveLength(NODES * PER_NODE - 50);
    expect(paths.at(-1)).toBe('file-0199');
  });

  test('is an error for whoever does not ask to be told', async () => {
    const stored = await store();
    const reading = readWithout(stored.leaves[7] ?? '', stored, false);
    await expect(reading).rejects.toMatchObject({ code: 'chunk/mismatch' });
  });
});
