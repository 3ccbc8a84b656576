/**
 * Where manifest nodes and lists of chunks come from, for jobs that look into many manifests.
 * @module
 */
import { isFailure } from '../../base/failure.ts';
import { MiB } from '../../base/units.ts';
import { ChunkLoader } from '../../vault/chunk-loader.ts';
import type { NodeSource } from '../../vault/manifest/manifest-reader.ts';
import type { Vault } from '../../vault/vault.ts';
import type { ReadableIndex } from './open-snapshot.ts';

const CACHE_BYTES = 32 * MiB;

/** Where a part of the index is damaged, that is what is thrown for a chunk that the rest does not know. */
export function openNodeSource(
  vault: Vault,
  { index, damage }: ReadableIndex,
  signal?: AbortSignal,
  cacheBytes = CACHE_BYTES,
): NodeSource {
  const loader = new ChunkLoader(vault, index, { cacheBytes, signal });
  if (!damage) return loader;
  return {
    async load(id) {
      try {
        return await loader.load(id);
      } catch (error) {
        throw isFailure(error, 'chunk/missing') ? damage : error;
      }
    },
  };
}
