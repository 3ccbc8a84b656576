/**
 * Finds out which chunks of a snapshot have to be read: those of which it is not known that the other vault has them.
 * @module
 */
import { AppError } from '../../../base/failure.ts';
import { mapConcurrent } from '../../../base/flow.ts';
import { displayPath } from '../../../files/path.ts';
import type { Entry } from '../../../format/entry.ts';
import { EntryType } from '../../../format/entry.ts';
import type { Fence } from '../../../format/manifest-node.ts';
import { decodeEntries } from '../../../format/manifest-node.ts';
import type { ManifestRoot } from '../../../format/snapshot.ts';
import type { ChunkTable } from '../../../vault/index/chunk-table.ts';
import { RowSet } from '../../../vault/index/row-set.ts';
import { ManifestReader } from '../../../vault/manifest/manifest-reader.ts';
import type { CopySource } from '../copy-source.ts';

const ID_BYTES = 32;
const NODES_AHEAD = 6;
const TOP = new Uint8Array(0);

export interface ChunkPlan {
  /** In the order in which they lie in packs, pack by pack. */
  readonly rows: Uint32Array;
  readonly storedBytes: number;
}

export class ChunkPlanner {
  readonly #source: CopySource;
  readonly #target: ChunkTable;
  /** Level-0 nodes all of whose chunks are in the other vault, or are about to be. */
  readonly #entered: RowSet;
  /** Of a dry run: would have been copied. */
  readonly #assumed: RowSet;

  /** @param target what the other vault has */
  constructor(source: CopySource, target: ChunkTable) {
    this.#source = source;
    this.#target = target;
    this.#entered = new RowSet(source.index.chunks.count);
    this.#assumed = new RowSet(source.index.chunks.count);
  }

  /**
   * What a plan names must then be moved: the next one takes it as there. (Where that fails, a new planner is needed.)
   * @throws AppError `chunk/…`, `object/…`, `format/invalid` where something is missing or does not fit together
   */
  async plan(root: ManifestRoot): Promise<ChunkPlan> {
    const { nodes, index } = this.#source;
    const reader = new ManifestReader(nodes, root);
    const wanted = new RowSet(index.chunks.count);
    const load = async ({ id }: Fence) => {
      const row = index.chunks.find(id);
      if (row >= 0 && this.#entered.has(row)) return undefined;
      return { row, node: await nodes.load(id) };
    };
    let count = 0;
    for await (const leaf of mapConcurrent(reader.leavesFrom(TOP), NODES_AHEAD, load)) {
      if (!leaf) continue;
      for (const entry of decodeEntries(leaf.node)) {
        if (entry.type === EntryType.file) count += await this.#addFile(reader, entry, wanted);
      }
      if (leaf.row >= 0) this.#entered.add(leaf.row);
    }
    const rows = rowsIn(wanted, count, index.chunks);
    return { rows, storedBytes: sumOf(rows, (row) => index.chunks.storedBytesOf(row)) };
  }

  /** In a dry run: what the plan names counts as there. */
  assume({ rows }: ChunkPlan): void {
    for (const row of rows) this.#assumed.add(row);
  }

  /** @returns how many chunks were added to those that are wanted */
  async #addFile(reader: ManifestReader, entry: Entry, wanted: RowSet): Promise<number> {
    const sum = { added: 0, bytes: 0 };
    if (entry.contentDepth === 0) this.#addChunks(entry.content, wanted, sum);
    else for await (const ids of reader.contentIds(entry)) this.#addChunks(ids, wanted, sum);
    if (sum.bytes === entry.size) return sum.added;
    const path = displayPath(entry.path);
    throw new AppError(
      'format/invalid',
      `${path} is damaged: its chunks are not as long as it should be`,
    );
  }

  #addChunks(ids: Uint8Array, wanted: RowSet, sum: { added: number; bytes: number }): void {
    const { chunks } = this.#source.index;
    for (let at = 0; at < ids.length; at += ID_BYTES) {
      const row = chunks.find(ids, at);
      if (row < 0) throw this.#source.missing(ids.subarray(at, at + ID_BYTES));
      sum.bytes += chunks.rawBytesOf(row);
      if (wanted.has(row) || this.#assumed.has(row) || this.#isThere(row)) continue;
      wanted.add(row);
      sum.added++;
    }
  }

  #isThere(row: number): boolean {
    const id = this.#source.known.get(row);
    return id !== undefined && this.#target.find(id) >= 0;
  }
}

/** The rows of a set, by pack and then by their place in it. */
function rowsIn(wanted: RowSet, count: number, chunks: ChunkTable): Uint32Array {
  const rows = new Uint32Array(count);
  for (let row = 0, n = 0; n < count; row++) if (wanted.has(row)) rows[n++] = row;
  return rows.sort(
    (a, b) => chunks.packOf(a) - chunks.packOf(b) || chunks.offsetOf(a) - chunks.offsetOf(b),
  );
}

function sumOf(rows: Uint32Array, value: (row: number) => number): number {
  let sum = 0;
  for (const row of rows) sum += value(row);
  return sum;
}
