/**
 * Goes through everything that manifests need: nodes, lists of chunks, chunks of files. What several of them
 * share is gone through once.
 * @module
 */
import { mapConcurrent } from '../../base/flow.ts';
import { AppError, isDamage, isFailure } from '../../base/failure.ts';
import { EntryType } from '../../format/entry.ts';
import { decodeEntries, decodeFences } from '../../format/manifest-node.ts';
import type { ManifestRoot } from '../../format/snapshot.ts';
import type { ChunkTable } from '../index/chunk-table.ts';
import { RowSet } from '../index/row-set.ts';
import type { NodeSource } from './manifest-reader.ts';

const ID_BYTES = 32;
const LOADS_AHEAD = 8;

export interface ChunkWalkParts {
  readonly chunks: ChunkTable;
  /** Where nodes and lists come from. */
  readonly source: NodeSource;
  /**
   * Told of each chunk that is needed and cannot be had: unknown, or (nodes and lists, which are read) damaged or
   * gone. Without it the error is thrown.
   */
  readonly onLost?: (id: Uint8Array, error: AppError) => void;
}

export class ChunkWalk {
  /** Rows of all chunks that were come upon. */
  readonly needed: RowSet;
  readonly #parts: ChunkWalkParts;
  /** Rows of nodes and lists whose insides were gone through. */
  readonly #entered: RowSet;

  /** The table must hold all rows from the beginning. */
  constructor(parts: ChunkWalkParts) {
    this.#parts = parts;
    this.needed = new RowSet(parts.chunks.count);
    this.#entered = new RowSet(parts.chunks.count);
  }

  /** @throws AppError `chunk/…`, `object/…`, `format/invalid` unless `onLost` takes it; `store/…` */
  async add(root: ManifestRoot): Promise<void> {
    await this.#addNodes([root.id], root.level);
  }

  async #addNodes(ids: readonly Uint8Array[], level: number): Promise<void> {
    const unseen = ids.filter((id) => this.#enter(id));
    const load = async (id: Uint8Array) => ({ id, node: await this.#load(id) });
    for await (const { id, node } of mapConcurrent(unseen, LOADS_AHEAD, load)) {
      if (!node) continue;
      try {
        if (level === 0) await this.#addEntries(node);
        else {
          const fences = decodeFences(node, level);
          await this.#addNodes(
            fences.map((fence) => fence.id),
            level - 1,
          );
        }
      } catch (error) {
        this.#lose(id, error);
      }
    }
  }

  async #addEntries(node: Uint8Array): Promise<void> {
    const lists: Uint8Array[] = [];
    for (const { type, content, contentDepth } of decodeEntries(node)) {
      if (type !== EntryType.file) continue;
      if (contentDepth === 0) this.#addChunks(content);
      else for (const list of idsIn(content)) if (this.#enter(list)) lists.push(list);
    }
    const load = async (id: Uint8Array) => this.#load(id);
    for await (const list of mapConcurrent(lists, LOADS_AHEAD, load)) {
      if (list) this.#addChunks(list);
    }
  }

  #addChunks(ids: Uint8Array): void {
    for (let at = 0; at + ID_BYTES <= ids.length; at += ID_BYTES) {
      const row = this.#parts.chunks.find(ids, at);
      if (row >= 0) this.needed.add(row);
      else this.#lose(ids.subarray(at, at + ID_BYTES), unknownChunk());
    }
  }

  /** @returns whether a node or list is to be gone through now: not where it was before, or cannot be had */
  #enter(id: Uint8Array): boolean {
    const row = this.#parts.chunks.find(id);
    if (row < 0) {
      this.#lose(id, unknownChunk());
      return false;
    }
    this.needed.add(row);
    if (this.#entered.has(row)) return false;
    this.#entered.add(row);
    return true;
  }

  async #load(id: Uint8Array): Promise<Uint8Array | undefined> {
    try {
      return await this.#parts.source.load(id);
    } catch (error) {
      this.#lose(id, error);
      return undefined;
    }
  }

  #lose(id: Uint8Array, error: unknown): void {
    const isLoss = isDamage(error) || isFailure(error, 'store/not-found');
    if (!this.#parts.onLost || !isLoss) throw error;
    this.#parts.onLost(id, error);
  }
}

function* idsIn(ids: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at + ID_BYTES <= ids.length; at += ID_BYTES) {
    yield ids.subarray(at, at + ID_BYTES);
  }
}

function unknownChunk(): AppError {
  return new AppError(
    'chunk/missing',
    'a chunk that is needed is in no pack that the index knows',
    {
      hint: 'run `cybs3 check` to see what is affected',
    },
  );
}
