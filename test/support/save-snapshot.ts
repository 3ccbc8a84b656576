/**
 * Stores a snapshot without the commit, for tests that make vaults of their own.
 * @module
 */
import type { Snapshot } from '../../src/format/snapshot.ts';
import type { SealedSnapshot } from '../../src/vault/snapshots.ts';
import { sealSnapshot, storeSnapshot } from '../../src/vault/snapshots.ts';
import type { Vault } from '../../src/vault/vault.ts';

/** Everything it refers to must be durable before. */
export async function saveSnapshot(
  vault: Vault,
  snapshot: Snapshot,
  signal?: AbortSignal,
): Promise<SealedSnapshot> {
  const sealed = sealSnapshot(vault, snapshot);
  await storeSnapshot(vault, sealed, signal);
  return sealed;
}
