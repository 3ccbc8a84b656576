/**
 * Reads a manifest: all of it in path order, one subtree, one folder, or one path, loading only the nodes
 * that hold what is asked for.
 * @module
 */
import { compareBytes } from '../../base/bytes.ts';
import { mapConcurrent } from '../../base/flow.ts';
import { AppError, isDamage } from '../../base/failure.ts';
import type { Entry, PathKey } from '../../format/entry.ts';
import type { Fence } from '../../format/manifest-node.ts';
import { decodeEntries } from '../../format/manifest-node.ts';
import type { ManifestRoot } from '../../format/snapshot.ts';
import { assertBeginsAt, placedFences } from './placed-node.ts';

const CHUNK_ID_BYTES = 32;
/** Nodes loaded ahead of the reader. */
const NODES_AHEAD = 6;

/** Where nodes come from; `ChunkLoader` is one. */
export interface NodeSource {
  load(id: Uint8Array): Promise<Uint8Array>;
}

/** Paths from `from` up to, but not including, `to` (`undefined`: to the end). */
export interface PathRange {
  readonly from: PathKey;
  readonly to?: PathKey | undefined;
}

const NOWHERE: PathKey = new Uint8Array(0);
const EVERYTHING: PathRange = { from: new Uint8Array(0) };

/** Whether paths from `from` up to, but not including, `to` can hold what is looked for. */
type MayHold = (from: PathKey, to: PathKey | undefined) => boolean;

/** An entry and everything under it. */
export function subtreeRange(path: PathKey): PathRange {
  if (path.length === 0) return EVERYTHING;
  // Children continue with a zero byte: everything from `path` up to `path || 01` is inside.
  return { from: path, to: Buffer.concat([path, Buffer.of(1)]) };
}

export class ManifestReader {
  readonly #source: NodeSource;
  readonly #root: ManifestRoot;
  /**
   * Told of each node that cannot be read, with the first path that is lost; `entries` then goes on with
   * the next node. Without it the error is thrown.
   */
  onDamage: ((error: AppError, from: PathKey) => void) | undefined;

  constructor(source: NodeSource, root: ManifestRoot) {
    this.#source = source;
    this.#root = root;
  }

  /**
   * Entries in path order; with `inside`, only that path and what is under it.
   * @throws AppError `format/invalid`, `chunk/…`, `object/…`, `store/…`
   */
  async *entries(options: { readonly inside?: PathKey } = {}): AsyncGenerator<Entry> {
    const range = options.inside ? subtreeRange(options.inside) : EVERYTHING;
    for await (const node of this.nodes(range)) {
      let last: PathKey = range.from;
      try {
        for (const entry of decodeEntries(node)) {
          last = entry.path;
          if (isInRange(entry.path, range)) yield entry;
        }
      } catch (error) {
        this.#lose(error, last);
      }
    }
  }

  #lose(error: unknown, from: PathKey): undefined {
    if (!this.onDamage || !isDamage(error)) throw error;
    this.onDamage(error, from);
    return undefined;
  }

  /** Level-0 nodes that hold paths of a range, in order, as stored. */
  async *nodes(range: PathRange = EVERYTHING): AsyncGenerator<Uint8Array> {
    yield* this.#nodesThat((from, to) => overlaps(from, to, range));
  }

  /** The top node as if a fence led to it. */
  get #top(): Fence {
    const { id, entries } = this.#root;
    return { id, path: NOWHERE, entries, bytes: 0 };
  }

  async *#nodesThat(mayHold: MayHold): AsyncGenerator<Uint8Array> {
    const { level } = this.#root;
    const load = (fence: Fence) =>
      this.#leaf(fence, level).catch((error: unknown) => this.#lose(error, fence.path));
    const leaves = level === 0 ? [this.#top] : this.#leaves(this.#top, level, undefined, mayHold);
    for await (const node of mapConcurrent(leaves, NODES_AHEAD, load)) if (node) yield node;
  }

  async #leaf({ id, path }: Fence, levels: number): Promise<Uint8Array> {
    const node = await this.#source.load(id);
    if (levels > 0) assertBeginsAt(node, path);
    return node;
  }

  /** Fences of the level-0 nodes whose first path is not before `from`, in order. */
  async *leavesFrom(from: PathKey): AsyncGenerator<Fence> {
    const { id, level, entries } = this.#root;
    if (level === 0) {
      for (const { path } of decodeEntries(await this.#source.load(id))) {
        if (compareBytes(path, from) >= 0) yield { path, id, entries, bytes: 0 };
        return;
      }
    }
    for await (const fence of this.#leaves(this.#top, level, undefined, () => true)) {
      if (compareBytes(fence.path, from) >= 0) yield fence;
    }
  }

  /** @param after the first path behind the node, where there is one */
  async *#leaves(
    node: Fence,
    level: number,
    after: PathKey | undefined,
    mayHold: MayHold,
  ): AsyncGenerator<Fence> {
    const fences = await this.#fences(node, level, after);
    for (const [i, fence] of fences.entries()) {
      const next = fences[i + 1]?.path ?? after;
      if (!mayHold(fence.path, next)) continue;
      if (level === 1) yield fence;
      else yield* this.#leaves(fence, level - 1, next, mayHold);
    }
  }

  /** A node stands in one place only: else few nodes could make a manifest without end. */
  async #fences(node: Fence, level: number, after: PathKey | undefined): Promise<readonly Fence[]> {
    try {
      const path = level === this.#root.level ? undefined : node.path;
      return placedFences(await this.#source.load(node.id), { level, path, after });
    } catch (error) {
      return this.#lose(error, node.path) ?? [];
    }
  }

  /** The entry at exactly that path. */
  async find(path: PathKey): Promise<Entry | undefined> {
    const range = { from: path, to: Buffer.concat([path, Buffer.of(0)]) };
    for await (const node of this.nodes(range)) {
      for (const entry of decodeEntries(node)) {
        if (compareBytes(entry.path, path) === 0) return entry;
      }
    }
    return undefined;
  }

  /**
   * What lies directly in a folder (the empty path: the top), in order. Nodes that hold only what is in a
   * folder below are not loaded.
   */
  async *children(path: PathKey): AsyncGenerator<Entry> {
    const range = subtreeRange(path);
    const depth = depthOf(path) + 1;
    const mayHold: MayHold = (from, to) =>
      overlaps(from, to, range) && !isInsideOneFolder(from, to, depth);
    for await (const node of this.#nodesThat(mayHold)) {
      for (const entry of decodeEntries(node)) {
        if (isInRange(entry.path, range) && depthOf(entry.path) === depth) yield entry;
      }
    }
  }

  /**
   * The ids of a file's chunks in file order, as runs of 32-byte ids.
   * @throws AppError `format/invalid` where a list chunk does not hold whole ids
   */
  async *contentIds(entry: Pick<Entry, 'contentDepth' | 'content'>): AsyncGenerator<Uint8Array> {
    if (entry.contentDepth === 0) {
      if (entry.content.length > 0) yield entry.content;
      return;
    }
    const lists: Uint8Array[] = [];
    for (let at = 0; at < entry.content.length; at += CHUNK_ID_BYTES) {
      lists.push(entry.content.subarray(at, at + CHUNK_ID_BYTES));
    }
    for await (const list of mapConcurrent(lists, 4, (id) => this.#source.load(id))) {
      if (list.length === 0 || list.length % CHUNK_ID_BYTES !== 0) {
        throw new AppError('format/invalid', 'a list of chunks is damaged: it has no whole ids');
      }
      yield list;
    }
  }
}

function isInRange(path: PathKey, range: PathRange): boolean {
  if (compareBytes(path, range.from) < 0) return false;
  return range.to === undefined || compareBytes(path, range.to) < 0;
}

/** A node holds paths from its fence up to the next fence. */
function overlaps(from: PathKey, to: PathKey | undefined, range: PathRange): boolean {
  if (range.to !== undefined && compareBytes(from, range.to) >= 0) return false;
  return to === undefined || compareBytes(to, range.from) > 0;
}

/** Whether all paths from `from` up to `to` are deeper than `depth`, in the same folder of that depth. */
function isInsideOneFolder(from: PathKey, to: PathKey | undefined, depth: number): boolean {
  if (to === undefined) return false;
  let end = -1;
  for (let i = 0; i < depth; i++) {
    end = from.indexOf(0, end + 1);
    if (end < 0) return false;
  }
  const behind = subtreeRange(from.subarray(0, end)).to;
  return behind !== undefined && compareBytes(to, behind) <= 0;
}

/** How many names a path has; none at the top. */
function depthOf(path: PathKey): number {
  if (path.length === 0) return 0;
  let depth = 1;
  for (const byte of path) if (byte === 0) depth++;
  return depth;
}
