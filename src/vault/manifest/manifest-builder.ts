/**
 * Builds the upper levels of a manifest from the fences of its level-0 nodes, in path order. The cuts follow
 * from the paths alone, so that unchanged regions are the same nodes in every snapshot.
 * @module
 */
import { assert } from '../../base/failure.ts';
import type { Fence } from '../../format/manifest-node.ts';
import { NodeWriter } from '../../format/manifest-node.ts';
import type { ManifestRoot } from '../../format/snapshot.ts';

/** One path in 2^9 starts a new node of level 0. */
export const ENTRIES_LOG2 = 9;
/** One fence in 2^7 starts a new node above. */
const FENCES_LOG2 = 7;
/** Above this only full nodes end: a path that started a node on every level would make levels for ever. */
const CUT_LOG2_MAX = 32;
const FENCES_MAX = 2048;
/** Readers refuse nodes with far more than this (`NODE_PATH_BYTES_MAX`). Only paths of kilobytes come near. */
const PATH_BYTES_MAX = 16 * 1024 * 1024;

export interface ManifestBuilderOptions {
  readonly startsNode: (path: Uint8Array, averageLog2: number) => boolean;
  /** Saves a node as a metadata chunk and returns its id. */
  readonly saveNode: (node: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>;
}

export class ManifestBuilder {
  readonly #options: ManifestBuilderOptions;
  readonly #level: number;
  readonly #node: NodeWriter;
  #first: Fence | undefined;
  #entries = 0;
  #bytes = 0;
  #pathBytes = 0;
  #isSplit = false;
  #parent: ManifestBuilder | undefined;

  /** @param level of the nodes it builds: 1 for fences of level-0 nodes */
  constructor(options: ManifestBuilderOptions, level = 1) {
    this.#options = options;
    this.#level = level;
    this.#node = new NodeWriter(level);
  }

  async add(fence: Fence): Promise<void> {
    const isFull = this.#node.count >= FENCES_MAX || this.#pathBytes > PATH_BYTES_MAX;
    // The paths that start a node of one level are picked among those that start one of the level below.
    const cutLog2 = ENTRIES_LOG2 + FENCES_LOG2 * this.#level;
    const isCut = cutLog2 <= CUT_LOG2_MAX && this.#options.startsNode(fence.path, cutLog2);
    if (this.#node.count > 0 && (isFull || isCut)) await this.#closeNode();
    this.#first ??= fence;
    this.#node.addFence(fence);
    this.#entries += fence.entries;
    this.#bytes += fence.bytes;
    this.#pathBytes += fence.path.length;
  }

  async #closeNode(): Promise<void> {
    const first = this.#first;
    assert(first !== undefined, 'a node has a first fence');
    const { path } = first;
    const [entries, bytes] = [this.#entries, this.#bytes];
    this.#first = undefined;
    this.#entries = 0;
    this.#bytes = 0;
    this.#pathBytes = 0;
    this.#isSplit = true;
    const id = await this.#options.saveNode(this.#node.take());
    this.#parent ??= new ManifestBuilder(this.#options, this.#level + 1);
    await this.#parent.add({ path, id, entries, bytes });
  }

  /**
   * Ends the manifest.
   * @returns its root, or `undefined` where nothing was added
   */
  async finish(): Promise<ManifestRoot | undefined> {
    if (!this.#isSplit && this.#node.count <= 1) {
      const only = this.#first;
      return only && { id: only.id, level: this.#level - 1, entries: only.entries };
    }
    if (this.#node.count > 0) await this.#closeNode();
    return this.#parent?.finish();
  }
}
