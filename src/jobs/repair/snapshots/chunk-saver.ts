/**
 * Saves the few new chunks that a mended manifest needs: each once, and not where the vault has it.
 * @module
 */
import { toHex } from '../../../base/bytes.ts';
import type { ChunkTable } from '../../../vault/index/chunk-table.ts';
import type { PackRoom } from '../../../vault/pack-key.ts';
import type { PackSink } from '../../../vault/pack/pack-sink.ts';

export class ChunkSaver {
  readonly #chunks: ChunkTable;
  readonly #identify: (chunk: Uint8Array) => Uint8Array;
  /** Undefined in a dry run. */
  readonly #sink: PackSink | undefined;
  readonly #saved = new Set<string>();

  constructor(
    chunks: ChunkTable,
    identify: (chunk: Uint8Array) => Uint8Array,
    sink: PackSink | undefined,
  ) {
    this.#chunks = chunks;
    this.#identify = identify;
    this.#sink = sink;
  }

  /** @returns its id */
  async save(room: PackRoom, chunk: Uint8Array): Promise<Uint8Array> {
    const id = this.#identify(chunk);
    const name = toHex(id);
    if (this.#chunks.find(id) >= 0 || this.#saved.has(name)) return id;
    await this.#sink?.add(room, id, chunk);
    this.#saved.add(name);
    return id;
  }
}
