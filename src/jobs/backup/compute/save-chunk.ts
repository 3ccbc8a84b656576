/**
 * Saves chunks: identify, look up, and only where it is new compress, seal and pack it.
 * @module
 */
import { createChunkIdentifier } from '../../../crypto/chunk-id.ts';
import type { DedupKeys } from '../../../crypto/derive.ts';
import { MiB } from '../../../base/units.ts';
import type { ChunkTable } from '../../../vault/index/chunk-table.ts';
import type { PackWriter } from '../../../vault/pack/pack-writer.ts';
import { Counter } from '../messages.ts';

export interface ChunkSaverParts {
  readonly keys: DedupKeys;
  readonly chunks: ChunkTable;
  readonly dataPacks: PackWriter;
  readonly metaPacks: PackWriter;
  readonly counters: Float64Array;
}

export class ChunkSaver {
  readonly #parts: ChunkSaverParts;
  readonly #identify: (chunk: Uint8Array) => Uint8Array;
  readonly #zeros = Buffer.alloc(MiB);
  /** Ids of runs of zeros by length: holes of sparse files are the same few chunks over and over. */
  readonly #zeroIds = new Map<number, Uint8Array>();

  constructor(parts: ChunkSaverParts) {
    this.#parts = parts;
    this.#identify = createChunkIdentifier(parts.keys.chunkId);
  }

  /** Saves a piece of a file. @returns its id, not to be changed */
  saveData(chunk: Uint8Array, mayBeZeros: boolean): Uint8Array {
    const id = mayBeZeros && this.#isZeros(chunk) ? this.#zeroId(chunk) : this.#identify(chunk);
    if (this.#parts.chunks.claim(id) >= 0) {
      this.#parts.dataPacks.add(id, chunk);
      this.#count(Counter.bytesAdded, chunk.length);
      this.#count(Counter.chunksAdded, 1);
    }
    return id;
  }

  /** Saves a metadata chunk (a manifest node, a list of chunks). */
  saveMeta(chunk: Uint8Array): Uint8Array {
    const id = this.#identify(chunk);
    if (this.#parts.chunks.claim(id) >= 0) {
      this.#parts.metaPacks.add(id, chunk);
      this.#count(Counter.bytesAdded, chunk.length);
    }
    return id;
  }

  flush(): void {
    this.#parts.dataPacks.flush();
    this.#parts.metaPacks.flush();
  }

  #count(counter: number, by: number): void {
    const { counters } = this.#parts;
    counters[counter] = (counters[counter] ?? 0) + by;
  }

  #isZeros(chunk: Uint8Array): boolean {
    for (let at = 0; at < chunk.length; at += MiB) {
      const part = chunk.subarray(at, at + MiB);
      if (this.#zeros.compare(part, 0, part.length, 0, part.length) !== 0) return false;
    }
    return true;
  }

  #zeroId(chunk: Uint8Array): Uint8Array {
    let id = this.#zeroIds.get(chunk.length);
    if (!id) {
      id = this.#identify(chunk);
      if (this.#zeroIds.size < 64) this.#zeroIds.set(chunk.length, id);
    }
    return id;
  }
}
