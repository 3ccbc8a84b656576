/**
 * The packs that the store has, whatever the index says.
 * @module
 */
import type { PackRoom } from '../../vault/pack-key.ts';
import type { PackAddress } from '../../vault/pack/segment-reader.ts';
import type { Vault } from '../../vault/vault.ts';

const ROOMS: readonly PackRoom[] = ['data', 'meta'];

/** By name. @throws AppError `store/…` */
export async function listPacks(
  vault: Vault,
  signal?: AbortSignal,
): Promise<Map<string, PackAddress>> {
  const packs = new Map<string, PackAddress>();
  for (const room of ROOMS) {
    for await (const { key, sizeBytes } of vault.store.list(`${room}/`, signal)) {
      const id = /^[a-z]+\/([0-9a-f]{2})\/(\1[0-9a-f]{30})$/.exec(key)?.[2];
      if (id !== undefined) packs.set(id, { room, id, sealedBytes: sizeBytes });
    }
  }
  return packs;
}
