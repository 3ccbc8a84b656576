/**
 * What a record of forgotten snapshots says of one that cannot be read.
 * @module
 */
import { createHash } from 'node:crypto';
import { isFailure } from '../../../base/failure.ts';
import type { ForgottenSnapshot } from '../../../format/documents/gc-record.ts';
import { SNAPSHOT_PREFIX } from '../../../vault/pack-key.ts';
import type { SnapshotListing } from '../../../vault/snapshots.ts';
import type { Vault } from '../../../vault/vault.ts';

/** As far as the snapshot that followed it tells. */
export async function tombstoneOfDamaged(
  vault: Vault,
  id: string,
  { snapshots }: SnapshotListing,
  signal?: AbortSignal,
): Promise<ForgottenSnapshot> {
  const next = snapshots.find(({ snapshot }) => snapshot.chain.previous?.id === id)?.snapshot;
  const sha256 = next?.chain.previous?.sha256 ?? (await storedSha256(vault, id, signal));
  if (!next) return { id, sha256, host: '', sequence: 0, timeMs: 0 };
  const sequence = Math.max(0, next.chain.sequence - 1);
  return { id, sha256, host: next.host, sequence, timeMs: next.timeMs };
}

async function storedSha256(vault: Vault, id: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  try {
    hash.update(await vault.store.get(SNAPSHOT_PREFIX + id, { signal }));
  } catch (error) {
    if (!isFailure(error, 'store/not-found', 'store/checksum')) throw error;
  }
  return hash.digest('hex');
}
