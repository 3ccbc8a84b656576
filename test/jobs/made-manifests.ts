/**
 * Manifests made of entries, without a vault: nodes in a map, cut so often that a few entries make several levels.
 * @module
 */
import { createHash } from 'node:crypto';
import { toHex } from '../../src/base/bytes.ts';
import type { Entry } from '../../src/format/entry.ts';
import { EntryType } from '../../src/format/entry.ts';
import { emptyEntry } from '../../src/format/entry-row.ts';
import { NodeWriter } from '../../src/format/manifest-node.ts';
import type { ManifestRoot } from '../../src/format/snapshot.ts';
import { ChunkTable } from '../../src/vault/index/chunk-table.ts';
import { ManifestBuilder } from '../../src/vault/manifest/manifest-builder.ts';
import type { NodeSource } from '../../src/vault/manifest/manifest-reader.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

function startsNode(path: Uint8Array, averageLog2: number): boolean {
  const level = Math.round((averageLog2 - 9) / 7);
  return sha256(path).readUInt32BE(0) % 3 ** (level + 1) === 0;
}

/** Where several manifests lie; nodes they share are one. */
export class NodeRoom implements NodeSource {
  readonly chunks = ChunkTable.create(10_000);
  readonly nodes = new Map<string, Uint8Array>();
  /** Names of the nodes that were loaded, each time. */
  loaded: string[] = [];

  async load(id: Uint8Array): Promise<Uint8Array> {
    this.loaded.push(toHex(id));
    // As a store does: later, and in any order.
    for (let turns = (id[0] ?? 0) % 5; turns > 0; turns--) await Promise.resolve();
    const node = this.nodes.get(toHex(id));
    if (!node) throw new Error('no such node');
    return node;
  }

  /** @returns the id of the node */
  save(node: Uint8Array): Uint8Array {
    const id = sha256(node);
    this.nodes.set(toHex(id), node);
    this.chunks.add(id, 0, { pack: 0, offset: 0, storedBytes: 1, rawBytes: 1, codec: 0 });
    return id;
  }

  /** A manifest of entries in order, as a backup makes it. */
  async build(list: readonly Entry[]): Promise<ManifestRoot> {
    const saveNode = async (node: Uint8Array): Promise<Uint8Array> => this.save(node);
    const builder = new ManifestBuilder({ startsNode, saveNode });
    for (const part of leavesOf(list)) {
      const leaf = new NodeWriter(0);
      for (const entry of part) leaf.addEntry(entry);
      const [entries, bytes] = [part.length, part.reduce((sum, { size }) => sum + size, 0)];
      const { path } = part[0] as Entry;
      await builder.add({ path, entries, bytes, id: await saveNode(leaf.take()) });
    }
    const root = await builder.finish();
    if (!root) throw new Error('a manifest has entries');
    return root;
  }
}

function leavesOf(list: readonly Entry[]): Entry[][] {
  const leaves: Entry[][] = [];
  for (const entry of list) {
    if (leaves.length === 0 || startsNode(entry.path, 9)) leaves.push([]);
    leaves.at(-1)?.push(entry);
  }
  return leaves;
}

/** A file with a path of names joined by `/`, whose content is told by a number. */
export function madeFile(path: string, content = 0, more: Partial<Entry> = {}): Entry {
  const entry = emptyEntry(Buffer.from(path.split('/').join('\0')), EntryType.file);
  const id = sha256(Buffer.from(`content ${content}`));
  return { ...entry, size: 10 + content, content: id, ...more };
}
