/**
 * The vault that is copied from, and what is known of its chunks.
 * @module
 */
import type { AppError } from '../../base/failure.ts';
import { isFailure } from '../../base/failure.ts';
import { MiB } from '../../base/units.ts';
import { createChunkIdentifier } from '../../crypto/chunk-id.ts';
import { deriveDedupKeys } from '../../crypto/derive.ts';
import { ChunkLoader, missingChunk } from '../../vault/chunk-loader.ts';
import type { VaultIndex } from '../../vault/index/load-index.ts';
import { loadIndex } from '../../vault/index/load-index.ts';
import type { NodeSource } from '../../vault/manifest/manifest-reader.ts';
import type { Vault } from '../../vault/vault.ts';
import { IdMap } from './chunks/id-map.ts';

const NODE_CACHE_BYTES = 32 * MiB;

export interface CopySource {
  readonly vault: Vault;
  readonly index: VaultIndex;
  /** Manifest nodes and lists of chunks. */
  readonly nodes: NodeSource;
  readonly identify: (chunk: Uint8Array) => Uint8Array;
  readonly known: IdMap;
  /** What to throw for a chunk that the index does not know. */
  readonly missing: (id: Uint8Array) => AppError;
}

/** @throws AppError `store/…`; a damaged index file is thrown when something is wanted that only it knows */
export async function openCopySource(vault: Vault, signal: AbortSignal): Promise<CopySource> {
  let damage: AppError | undefined;
  const onDamage = (_key: string, error: AppError) => void (damage ??= error);
  const index = await loadIndex(vault, { signal, onDamage });
  const loader = new ChunkLoader(vault, index, { cacheBytes: NODE_CACHE_BYTES, signal });
  const nodes: NodeSource = {
    async load(id) {
      try {
        return await loader.load(id);
      } catch (error) {
        throw damage && isFailure(error, 'chunk/missing') ? damage : error;
      }
    },
  };
  using keys = deriveDedupKeys(vault.keys.dedupKey);
  const identify = createChunkIdentifier(keys.chunkId);
  const missing = (id: Uint8Array): AppError => damage ?? missingChunk(id);
  return { vault, index, nodes, identify, known: new IdMap(index.chunks.count), missing };
}
