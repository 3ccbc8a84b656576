/**
 * Stores a virtual tree as the threads of a backup would: what the parent has and the vault still holds is taken over,
 * what is known is not stored again, all else goes into packs.
 * @module
 */
import { createPathCutter } from '../../../src/chunker/manifest-cut.ts';
import { createChunkIdentifier } from '../../../src/crypto/chunk-id.ts';
import { deriveDedupKeys } from '../../../src/crypto/derive.ts';
import { concatBytes, toHex, utf8Bytes } from '../../../src/base/bytes.ts';
import type { Entry } from '../../../src/format/entry.ts';
import { EntryType } from '../../../src/format/entry.ts';
import { emptyEntry } from '../../../src/format/entry-row.ts';
import { NodeWriter } from '../../../src/format/manifest-node.ts';
import type { ManifestRoot } from '../../../src/format/snapshot.ts';
import type { ChunkTable } from '../../../src/vault/index/chunk-table.ts';
import { ManifestBuilder } from '../../../src/vault/manifest/manifest-builder.ts';
import type { PackRoom } from '../../../src/vault/pack-key.ts';
import type { PackSink } from '../../../src/vault/pack/pack-sink.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import type { Tree, VirtualFile } from './tree.ts';
import { chunkBytes, sizeOf } from './tree.ts';

const ID_BYTES = 32;
/** Small, so that small trees have several nodes. */
const NODE_LOG2 = 2;
/** Files of more chunks have them in a list. */
const DIRECT_IDS_MAX = 3;

type Identify = (chunk: Uint8Array) => Uint8Array;

/** What the parent snapshot says of files. */
export interface Parent {
  readonly entries: ReadonlyMap<string, Entry>;
  /** Chunk ids of a file; fails where a list of them cannot be had. */
  readonly idsOf: (entry: Entry) => Promise<Uint8Array>;
}

export interface TreeWriterParts {
  readonly vault: Vault;
  readonly chunks: ChunkTable;
  readonly sink: PackSink;
  readonly parent: Parent;
}

export interface WrittenTree {
  readonly manifest: ManifestRoot;
  /** Ids (hex) of everything that the manifest needs. */
  readonly needs: ReadonlySet<string>;
}

export class TreeWriter {
  readonly #parts: TreeWriterParts;
  readonly #identify: Identify;
  readonly #startsNode: (path: Uint8Array, averageLog2: number) => boolean;
  readonly #needs = new Set<string>();

  constructor(parts: TreeWriterParts) {
    this.#parts = parts;
    const { identify, startsNode } = keyed(parts.vault);
    this.#identify = identify;
    this.#startsNode = startsNode;
  }

  async write(tree: Tree): Promise<WrittenTree> {
    const saveNode = (node: Uint8Array<ArrayBuffer>) => this.#save('meta', node);
    const builder = new ManifestBuilder({ startsNode: this.#startsNode, saveNode });
    const node = new NodeWriter(0);
    let first: Uint8Array = new Uint8Array(0);
    let bytes = 0;
    const closeNode = async (): Promise<void> => {
      const entries = node.count;
      const id = await saveNode(node.take());
      await builder.add({ path: first, id, entries, bytes });
      bytes = 0;
    };
    for (const [name, file] of tree) {
      const path = utf8Bytes(name);
      if (node.count > 0 && this.#startsNode(path, NODE_LOG2)) await closeNode();
      if (node.count === 0) first = path;
      node.addEntry(await this.#entryOf(name, path, file));
      bytes += sizeOf(file);
    }
    if (node.count > 0) await closeNode();
    const manifest = await builder.finish();
    if (!manifest) throw new Error('a virtual tree has files');
    return { manifest, needs: this.#needs };
  }

  async #entryOf(name: string, path: Uint8Array, file: VirtualFile): Promise<Entry> {
    const entry = emptyEntry(path, EntryType.file);
    entry.mtimeSec = file.version;
    entry.size = sizeOf(file);
    const before = this.#parts.parent.entries.get(name);
    const isSame = before?.mtimeSec === entry.mtimeSec && before.size === entry.size;
    if (isSame && (await this.#isStored(before))) {
      entry.content = before.content;
      entry.contentDepth = before.contentDepth;
      return entry;
    }
    const ids: Uint8Array[] = [];
    for (const number of file.chunks) ids.push(await this.#save('data', chunkBytes(number)));
    if (ids.length <= DIRECT_IDS_MAX) entry.content = concatBytes(ids);
    else {
      entry.contentDepth = 1;
      entry.content = await this.#save('meta', concatBytes(ids));
    }
    return entry;
  }

  /** As the walk finds out: a file whose chunks the vault lost is read again. */
  async #isStored(before: Entry): Promise<boolean> {
    const { chunks, parent } = this.#parts;
    const isKnown = (ids: Uint8Array): boolean => {
      for (let at = 0; at < ids.length; at += ID_BYTES) if (chunks.find(ids, at) < 0) return false;
      return true;
    };
    if (!isKnown(before.content)) return false;
    if (before.contentDepth === 0) {
      this.#need(before.content);
      return true;
    }
    const ids = await parent.idsOf(before).catch(() => undefined);
    if (!ids || !isKnown(ids)) return false;
    this.#need(before.content);
    this.#need(ids);
    return true;
  }

  async #save(room: PackRoom, chunk: Uint8Array): Promise<Uint8Array> {
    const { chunks, sink } = this.#parts;
    const id = this.#identify(chunk);
    this.#need(id);
    if (chunks.claim(id) >= 0) await sink.add(room, id, chunk);
    return id;
  }

  #need(ids: Uint8Array): void {
    for (let at = 0; at < ids.length; at += ID_BYTES) {
      this.#needs.add(toHex(ids.subarray(at, at + ID_BYTES)));
    }
  }
}

interface Keyed {
  readonly identify: Identify;
  readonly startsNode: (path: Uint8Array, averageLog2: number) => boolean;
}

/** By vault id: keys are derived once. */
const known = new Map<string, Keyed>();

function keyed(vault: Vault): Keyed {
  const before = known.get(vault.vaultId);
  if (before) return before;
  using dedup = deriveDedupKeys(vault.keys.dedupKey);
  const made = {
    identify: createChunkIdentifier(dedup.chunkId),
    startsNode: dedup.manifestCut.use((key) => createPathCutter(Uint8Array.from(key))),
  };
  known.set(vault.vaultId, made);
  return made;
}
