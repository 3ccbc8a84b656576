/**
 * Loads single chunks: locate, fetch, open, decompress, and identify again.
 * @module
 */
import { compareBytes, toHex } from '../base/bytes.ts';
import { AppError, isFailure } from '../base/failure.ts';
import { createChunkIdentifier } from '../crypto/chunk-id.ts';
import { deriveDedupKeys } from '../crypto/derive.ts';
import { decompressChunk } from '../format/compress.ts';
import type { VaultIndex } from './index/load-index.ts';
import { packKey } from './pack-key.ts';
import type { ObjectStore } from '../store/port.ts';
import { SegmentReader } from './pack/segment-reader.ts';
import { trustingCopies } from './sealed-file.ts';
import type { Vault } from './vault.ts';

export interface ChunkLoaderOptions {
  /** For opened segments, so that neighbours come from memory. */
  readonly cacheBytes: number;
  readonly signal?: AbortSignal | undefined;
}

export class ChunkLoader {
  readonly #index: VaultIndex;
  readonly #reader: SegmentReader;
  readonly #store: ObjectStore;
  readonly #identify: (chunk: Uint8Array) => Uint8Array;

  constructor(vault: Vault, index: VaultIndex, options: ChunkLoaderOptions) {
    this.#index = index;
    this.#store = vault.store;
    this.#reader = new SegmentReader(vault, options);
    using keys = deriveDedupKeys(vault.keys.dedupKey);
    this.#identify = createChunkIdentifier(keys.chunkId);
  }

  /** Bytes read from the store so far. */
  get bytesFetched(): number {
    return this.#reader.bytesFetched;
  }

  /**
   * The chunk with that id; not to be changed.
   * @throws AppError `chunk/missing`, `chunk/mismatch`, `object/…`, `store/…`
   */
  async load(id: Uint8Array): Promise<Uint8Array> {
    const { chunks, packs } = this.#index;
    const row = chunks.find(id);
    if (row < 0) throw missingChunk(id);
    const pack = chunks.packOf(row);
    const address = {
      room: packs.kindOf(pack),
      id: packs.idOf(pack),
      sealedBytes: packs.sealedBytesOf(pack),
    };
    const from = chunks.offsetOf(row);
    const key = packKey(address.room, address.id);
    const stored = await trustingCopies(this.#store, key, () =>
      this.#reader.read(address, from, from + chunks.storedBytesOf(row)),
    ).catch((error: unknown) => {
      throw isFailure(error, 'store/not-found') ? missingPack(key, error) : error;
    });
    const raw = decompressChunk(chunks.codecOf(row), stored, chunks.rawBytesOf(row));
    if (compareBytes(this.#identify(raw), id) !== 0) {
      throw new AppError('chunk/mismatch', `${key}: chunk ${toHex(id)} is not what it should be`);
    }
    return raw;
  }
}

/** What is lost is what was in it, and nothing else. */
function missingPack(key: string, cause: unknown): AppError {
  return new AppError('chunk/missing', `${key} is gone, and chunks in it are needed`, {
    hint: 'run `cybs3 check` to see what is affected',
    cause,
    detail: { key },
  });
}

export function missingChunk(id: Uint8Array): AppError {
  return new AppError('chunk/missing', `chunk ${toHex(id)} is in no pack that the index knows`, {
    hint: 'run `cybs3 check` to see what is affected',
  });
}
