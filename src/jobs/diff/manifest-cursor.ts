/**
 * A place in a manifest, in path order: in front of a node that may be entered or passed over as a whole, or at an
 * entry. Memory is bounded by the height of the tree, whatever its size.
 * @module
 */
import { compareBytes, toHex } from '../../base/bytes.ts';
import { assert } from '../../base/failure.ts';
import type { Entry, PathKey } from '../../format/entry.ts';
import type { Fence } from '../../format/manifest-node.ts';
import type { ManifestRoot } from '../../format/snapshot.ts';
import type { NodeSource, PathRange } from '../../vault/manifest/manifest-reader.ts';
import { placedEntries, placedFences } from '../../vault/manifest/placed-node.ts';

/** Nodes loaded ahead. */
const NODES_AHEAD = 6;
const TOP: PathKey = new Uint8Array(0);

/** Fences of one node, and how far they were passed. */
interface Frame {
  readonly fences: readonly Fence[];
  /** Of the nodes that the fences lead to. */
  readonly level: number;
  /** The first path behind the last of them, where there is one. */
  readonly after: PathKey | undefined;
  /** Nodes being loaded, by their names in hex. */
  readonly ahead: Map<string, Promise<Uint8Array>>;
  at: number;
}

export class ManifestCursor {
  /** Entries passed so far, in whole nodes or one by one. */
  entriesPassed = 0;
  nodesRead = 0;
  readonly #source: NodeSource;
  readonly #range: PathRange;
  /** From the top down. */
  readonly #frames: Frame[];
  #entries: Generator<Entry> | undefined;
  #entry: Entry | undefined;

  /** It stands in front of the top node, whose path counts as the first of all. */
  constructor(source: NodeSource, root: ManifestRoot, range: PathRange) {
    this.#source = source;
    this.#range = range;
    const top = { id: root.id, path: TOP, entries: root.entries, bytes: 0 };
    this.#frames = [frameOf([top], root.level, undefined)];
  }

  /** The entry it is at; undefined in front of a node, and at the end. */
  get entry(): Entry | undefined {
    return this.#entry;
  }

  /** The node it is in front of. */
  get node(): Fence | undefined {
    const frame = this.#frames.at(-1);
    return this.#entry ? undefined : frame?.fences[frame.at];
  }

  /** The level of that node; -1 at an entry. */
  get level(): number {
    return this.#entry ? -1 : (this.#frames.at(-1)?.level ?? -1);
  }

  /** What is still to come has this path, or comes behind it; undefined at the end. */
  get path(): PathKey | undefined {
    return this.#entry?.path ?? this.node?.path;
  }

  /** Passes over the entry, or over everything in the node. */
  skip(): void {
    if (this.#entry) {
      this.entriesPassed++;
      this.#nextEntry();
    } else {
      this.entriesPassed += this.node?.entries ?? 0;
      this.#nextFence();
    }
  }

  /**
   * Goes into the node it is in front of.
   * @throws AppError `chunk/…`, `object/…`, `format/invalid`, `store/…`
   */
  async enter(): Promise<void> {
    const [{ node }, frame] = [this, this.#frames.at(-1)];
    assert(node && frame, 'a cursor enters the node it is in front of');
    const bytes = await (takeFrom(frame.ahead, node) ?? this.#source.load(node.id));
    this.nodesRead++;
    const [{ level }, after] = [frame, pathBehind(frame)];
    const isTop = this.#frames.length === 1;
    const place = { id: node.id, level, path: isTop ? undefined : node.path, after };
    if (level === 0) {
      this.#entries = placedEntries(bytes, place);
      this.#nextEntry();
    } else {
      this.#frames.push(frameOf(placedFences(bytes, place), level - 1, after));
      this.#settle();
    }
  }

  /** Begins to load the next few nodes here but those for which `isSkipped` holds. */
  loadAhead(isSkipped: (fence: Fence, level: number) => boolean): void {
    const frame = this.#frames.at(-1);
    if (!frame || this.#entry) return;
    for (const fence of frame.fences.slice(frame.at, frame.at + NODES_AHEAD)) {
      const name = toHex(fence.id);
      if (this.#isBehindRange(fence.path)) return;
      if (frame.ahead.has(name) || isSkipped(fence, frame.level)) continue;
      const loading = this.#source.load(fence.id);
      loading.catch(() => undefined);
      frame.ahead.set(name, loading);
    }
  }

  /** Whether that very node is among those that lie open here. */
  hasNode({ path, id }: Fence, level: number): boolean {
    const fences = this.#frames.find((frame) => frame.level === level)?.fences ?? [];
    let [low, high] = [0, fences.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareBytes((fences[middle] as Fence).path, path) < 0) low = middle + 1;
      else high = middle;
    }
    const found = fences[low];
    return found !== undefined && compareBytes(found.id, id) === 0;
  }

  /** Waits for what is being loaded. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#frames.flatMap(({ ahead }) => [...ahead.values()]));
  }

  #nextEntry(): void {
    for (;;) {
      const next = this.#entries?.next();
      if (!next || next.done === true) break;
      const entry = next.value;
      if (this.#isBehindRange(entry.path)) return this.#end();
      this.#entry = entry;
      if (compareBytes(entry.path, this.#range.from) >= 0) return;
      this.entriesPassed++;
    }
    this.#entries = undefined;
    this.#entry = undefined;
    this.#nextFence();
  }

  #nextFence(): void {
    const frame = this.#frames.at(-1);
    if (!frame) return;
    void takeFrom(frame.ahead, frame.fences[frame.at] as Fence);
    frame.at++;
    this.#settle();
  }

  /** Leaves nodes that were gone through, and passes those that lie before the range. */
  #settle(): void {
    for (let frame = this.#frames.at(-1); frame; frame = this.#frames.at(-1)) {
      const fence = frame.fences[frame.at];
      if (fence) {
        if (this.#isBehindRange(fence.path)) return this.#end();
        const behind = pathBehind(frame);
        if (behind === undefined || compareBytes(behind, this.#range.from) > 0) return;
        this.entriesPassed += fence.entries;
      } else this.#frames.pop();
      const open = this.#frames.at(-1);
      if (open) open.at++;
    }
  }

  #isBehindRange(path: PathKey): boolean {
    const { to } = this.#range;
    return to !== undefined && compareBytes(path, to) >= 0;
  }

  #end(): void {
    this.#frames.length = 0;
    this.#entries = undefined;
    this.#entry = undefined;
  }
}

function frameOf(fences: readonly Fence[], level: number, after: PathKey | undefined): Frame {
  return { fences, level, after, ahead: new Map(), at: 0 };
}

function takeFrom(ahead: Frame['ahead'], { id }: Fence): Promise<Uint8Array> | undefined {
  if (ahead.size === 0) return undefined;
  const name = toHex(id);
  const loading = ahead.get(name);
  ahead.delete(name);
  return loading;
}

/** The first path behind the node that the frame is at. */
function pathBehind({ fences, at, after }: Frame): PathKey | undefined {
  return fences[at + 1]?.path ?? after;
}
