/**
 * Cuts the walk into batches, each of which becomes one manifest node. The cuts follow from the paths alone
 * (and a size bound that follows from what the file system says), so that unchanged regions of the tree
 * become the same nodes in every snapshot.
 * @module
 */
import type { Entry, PathKey } from '../../../format/entry.ts';
import { NodeWriter } from '../../../format/manifest-node.ts';
import { ENTRIES_LOG2 } from '../../../vault/manifest/manifest-builder.ts';
import { addToTotals, noTotals } from '../totals.ts';
import type { NodeSummary } from '../messages.ts';
import { DIRECT_IDS_MAX } from '../compute/id-list.ts';

const ENTRIES_MAX = 4096;
const BYTES_MAX = 1024 * 1024;
/** What a row takes besides path, ids and attributes, roughly. */
const ROW_BYTES = 100;
/** A chunk id and the shortest average chunk, for estimating how many ids a file has. */
const ID_BYTES = 32;
const CHUNK_BYTES = 256 * 1024;

export interface FinishedBatch {
  readonly node: Uint8Array<ArrayBuffer>;
  readonly reads: Uint32Array<ArrayBuffer>;
  /** Those of `reads` that the parent has as well. */
  readonly changed: Uint32Array<ArrayBuffer>;
  readonly summary: NodeSummary;
  /** Size of the largest of the files to read, and of all of them. */
  readonly largestReadBytes: number;
  readonly readBytes: number;
}

export class BatchBuilder {
  readonly #startsNode: (path: PathKey, averageLog2: number) => boolean;
  readonly #onBatch: (batch: FinishedBatch) => void;
  readonly #node = new NodeWriter(0);
  #reads: number[] = [];
  #changed: number[] = [];
  #first: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #totals = noTotals();
  #estimatedBytes = 0;
  #largestReadBytes = 0;
  #readBytes = 0;

  constructor(
    startsNode: (path: PathKey, averageLog2: number) => boolean,
    onBatch: (batch: FinishedBatch) => void,
  ) {
    this.#startsNode = startsNode;
    this.#onBatch = onBatch;
  }

  /**
   * @param mustRead its content is not known yet
   * @param isKnown the parent has a file of that path
   */
  add(entry: Entry, mustRead: boolean, isKnown = false): void {
    const estimate = estimateBytes(entry);
    const isFull = this.#node.count >= ENTRIES_MAX || this.#estimatedBytes + estimate > BYTES_MAX;
    if (this.#node.count > 0 && (isFull || this.#startsNode(entry.path, ENTRIES_LOG2)))
      this.flush();
    if (this.#node.count === 0) this.#first = new Uint8Array(entry.path);
    if (mustRead) {
      if (isKnown) this.#changed.push(this.#node.count);
      this.#reads.push(this.#node.count);
      this.#largestReadBytes = Math.max(this.#largestReadBytes, entry.size);
      this.#readBytes += entry.size;
    }
    this.#node.addEntry(entry);
    addToTotals(this.#totals, entry);
    this.#estimatedBytes += estimate;
  }

  flush(): void {
    if (this.#node.count === 0) return;
    const summary = { path: this.#first, totals: this.#totals };
    const reads = Uint32Array.from(this.#reads);
    const changed = Uint32Array.from(this.#changed);
    const sizes = { largestReadBytes: this.#largestReadBytes, readBytes: this.#readBytes };
    this.#reads = [];
    this.#changed = [];
    this.#totals = noTotals();
    this.#estimatedBytes = 0;
    this.#largestReadBytes = 0;
    this.#readBytes = 0;
    this.#onBatch({ node: this.#node.take(), reads, changed, summary, ...sizes });
  }
}

/** Depends only on what the file system says, never on what was read: cuts must not move. */
function estimateBytes(entry: Entry): number {
  const ids = Math.min(Math.ceil(entry.size / CHUNK_BYTES), DIRECT_IDS_MAX);
  let xattrs = 0;
  for (const { name, value } of entry.xattrs) xattrs += name.length + value.length;
  return ROW_BYTES + entry.path.length + entry.target.length + xattrs + ids * ID_BYTES;
}
