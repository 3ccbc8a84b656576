/**
 * Which chunks came and which went, among those of the files that differ. One bit a chunk and side.
 * @module
 */
import { toHex } from '../../base/bytes.ts';
import { mapConcurrent } from '../../base/flow.ts';
import type { Entry } from '../../format/entry.ts';
import type { ChunkTable } from '../../vault/index/chunk-table.ts';
import { RowSet } from '../../vault/index/row-set.ts';
import type { NodeSource } from '../../vault/manifest/manifest-reader.ts';
import type { ChunkTotals } from './events.ts';

const ID_BYTES = 32;
const LISTS_AHEAD = 4;

export class ChunkBalance {
  /** Chunks that the index does not know: they are in neither sum. */
  unknown = 0;
  readonly #chunks: ChunkTable;
  readonly #source: NodeSource;
  readonly #before: RowSet;
  readonly #after: RowSet;

  /** The table may fill itself with what is looked for. */
  constructor(chunks: ChunkTable, source: NodeSource) {
    this.#chunks = chunks;
    this.#source = source;
    this.#before = new RowSet(chunks.capacity);
    this.#after = new RowSet(chunks.capacity);
  }

  /** @throws AppError `chunk/…`, `object/…`, `store/…` where a list of chunks cannot be had */
  async add(before: Entry | undefined, after: Entry | undefined): Promise<void> {
    // Most files have few chunks: nothing is waited for then.
    if (before?.contentDepth === 0) this.#mark(before.content, this.#before);
    if (after?.contentDepth === 0) this.#mark(after.content, this.#after);
    const [listsBefore, listsAfter] = [listsOf(before), listsOf(after)];
    // What both have cancels out.
    await this.#markLists(listsBefore, listsAfter, this.#before);
    await this.#markLists(listsAfter, listsBefore, this.#after);
  }

  totals(): { added: ChunkTotals; removed: ChunkTotals } {
    return {
      added: this.#only(this.#after, this.#before),
      removed: this.#only(this.#before, this.#after),
    };
  }

  async #markLists(lists: IdMap, others: IdMap, rows: RowSet): Promise<void> {
    if (lists.size === 0) return;
    const own = [...lists].filter(([name]) => !others.has(name));
    const load = ([, id]: readonly [string, Uint8Array]) => this.#source.load(id);
    for await (const ids of mapConcurrent(own, LISTS_AHEAD, load)) this.#mark(ids, rows);
  }

  #mark(ids: Uint8Array, rows: RowSet): void {
    for (let at = 0; at + ID_BYTES <= ids.length; at += ID_BYTES) {
      const row = this.#chunks.find(ids, at);
      if (row < 0) this.unknown++;
      else rows.add(row);
    }
  }

  #only(these: RowSet, others: RowSet): ChunkTotals {
    let [chunks, rawBytes, storedBytes] = [0, 0, 0];
    for (let row = 0; row < this.#chunks.count; row++) {
      if (!these.has(row) || others.has(row)) continue;
      chunks++;
      rawBytes += this.#chunks.rawBytesOf(row);
      storedBytes += this.#chunks.storedBytesOf(row);
    }
    return { chunks, rawBytes, storedBytes };
  }
}

type IdMap = ReadonlyMap<string, Uint8Array>;

/** By their names in hex, the lists that hold a large file's chunks. */
function listsOf(entry: Entry | undefined): IdMap {
  const lists = new Map<string, Uint8Array>();
  if (entry?.contentDepth !== 1) return lists;
  for (let at = 0; at + ID_BYTES <= entry.content.length; at += ID_BYTES) {
    const id = entry.content.subarray(at, at + ID_BYTES);
    lists.set(toHex(id), id);
  }
  return lists;
}
