/**
 * What reading a snapshot takes: the index, its manifest, and a way to load chunks.
 * @module
 */
import type { AppError } from '../../base/failure.ts';
import { MiB } from '../../base/units.ts';
import type { CondemnedPacks, VaultIndex } from '../../vault/index/load-index.ts';
import { loadIndex } from '../../vault/index/load-index.ts';
import type { NodeSource } from '../../vault/manifest/manifest-reader.ts';
import { ManifestReader } from '../../vault/manifest/manifest-reader.ts';
import type { SavedSnapshot } from '../../vault/snapshots.ts';
import type { Vault } from '../../vault/vault.ts';
import { openNodeSource } from './node-source.ts';

const NODE_CACHE_BYTES = 16 * MiB;
const DATA_CACHE_BYTES = 32 * MiB;

export interface OpenedSnapshot {
  readonly id: string;
  readonly reader: ManifestReader;
  /** Chunks of file content. */
  readonly content: NodeSource;
}

/** An index for reading: some of its files may have been damaged, and were left out. */
export interface ReadableIndex {
  readonly index: VaultIndex;
  readonly damage: AppError | undefined;
}

/**
 * A damaged index file is no obstacle as long as nothing is asked for that only it knows; then its damage is
 * thrown.
 * @throws AppError `store/…`
 */
export async function loadReadableIndex(
  vault: Vault,
  signal?: AbortSignal,
  condemned?: CondemnedPacks,
): Promise<ReadableIndex> {
  let damage: AppError | undefined;
  const onDamage = (_key: string, error: AppError) => (damage ??= error);
  const index = await loadIndex(vault, { signal, onDamage, isForLookups: true, condemned });
  return { index, damage };
}

/** @param known the index, where it is loaded already */
export async function openSnapshot(
  vault: Vault,
  saved: SavedSnapshot,
  signal?: AbortSignal,
  known?: ReadableIndex,
): Promise<OpenedSnapshot> {
  const index = known ?? (await loadReadableIndex(vault, signal));
  const source = (cacheBytes: number) => openNodeSource(vault, index, signal, cacheBytes);
  const reader = new ManifestReader(source(NODE_CACHE_BYTES), saved.snapshot.manifest);
  return { id: saved.id, reader, content: source(DATA_CACHE_BYTES) };
}
