/**
 * Reads a manifest: all of it in path order, one subtree, one folder, or one path, loading only the nodes
 * that hold what is asked for.
 * @module
 */
import { compareBytes } from '../../base/bytes.ts';
import { mapConcurrent } from '../../base/flow.ts';
import { AppError } from '../../base/failure.ts';
import type { Entry, PathKey } from '../../format/entry.ts';
import type { Fence } from '../../format/manifest-node.ts';
import { decodeEntries, decodeFences } from '../../format/manifest-node.ts';
import type { ManifestRoot } from '../../format/snapshot.ts';

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

const EVERYTHING: PathRange = { from: new Uint8Array(0) };

/** An entry and everything under it. */
export function subtreeRange(path: PathKey): PathRange {
  if (path.length === 0) return EVERYTHING;
  // Children continue with a zero byte: everything from `path` up to `path || 01` is inside.
  return { from: path, to: Buffer.concat([path, Buffer.of(1)]) };
}

export class ManifestReader {
  readonly #source: NodeSource;
  readonly #root: ManifestRoot;

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
      for (const entry of decodeEntries(node)) if (isInRange(entry.path, range)) yield entry;
    }
  }

  /** Level-0 nodes that hold paths of a range, in order, as stored. */
  async *nodes(range: PathRange = EVERYTHING): AsyncGenerator<Uint8Array> {
    const load = (id: Uint8Array) => this.#source.load(id);
    if (this.#root.level === 0) yield await load(this.#root.id);
    else
      yield* mapConcurrent(
        this.#leafIds(this.#root.id, this.#root.level, range),
        NODES_AHEAD,
        load,
      );
  }

  async *#leafIds(id: Uint8Array, level: number, range: PathRange): AsyncGenerator<Uint8Array> {
    const fences = decodeFences(await this.#source.load(id), level);
    for (const [i, fence] of fences.entries()) {
      if (!mayHold(fence, fences[i + 1], range)) continue;
      if (level === 1) yield fence.id;
      else yield* this.#leafIds(fence.id, level - 1, range);
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

  /** What lies directly in a folder (the empty path: the top), in order. */
  async *children(path: PathKey): AsyncGenerator<Entry> {
    const depth = path.length === 0 ? 0 : depthOf(path);
    for await (const entry of this.entries({ inside: path })) {
      if (depthOf(entry.path) === depth + 1) yield entry;
    }
  }

  /**
   * The ids of a file's chunks in file order, as runs of 32-byte ids.
   * @throws AppError `format/invalid` where a list chunk does not hold whole ids
   */
  async *contentIds(entry: Entry): AsyncGenerator<Uint8Array> {
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
function mayHold(fence: Fence, next: Fence | undefined, range: PathRange): boolean {
  if (range.to !== undefined && compareBytes(fence.path, range.to) >= 0) return false;
  return next === undefined || compareBytes(next.path, range.from) > 0;
}

function depthOf(path: PathKey): number {
  let depth = 1;
  for (const byte of path) if (byte === 0) depth++;
  return depth;
}
