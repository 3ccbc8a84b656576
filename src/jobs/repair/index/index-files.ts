/**
 * The index files of a vault one by one: read, written anew without what is gone, removed.
 * @module
 */
import { toHex } from '../../../base/bytes.ts';
import type { AppError } from '../../../base/failure.ts';
import { isDamage, isFailure } from '../../../base/failure.ts';
import { mapConcurrent } from '../../../base/flow.ts';
import { ObjectKind } from '../../../crypto/sealed/header.ts';
import type { IndexColumns } from '../../../format/index-file.ts';
import { PACK_ID_BYTES, PackKind, decodeIndex, encodeIndex } from '../../../format/index-file.ts';
import { listObjects } from '../../../vault/list-ahead.ts';
import type { PackRoom } from '../../../vault/pack-key.ts';
import { INDEX_PREFIX, isObjectKey } from '../../../vault/pack-key.ts';
import { loadSealedFile, named, saveSealedFile } from '../../../vault/sealed-file.ts';
import type { Vault } from '../../../vault/vault.ts';
import { filterIndex } from './filter-index.ts';

/** Files on their way or being looked at; each may be 50 MB. */
const LOADS_AT_ONCE = 3;

export interface IndexFile {
  readonly key: string;
  readonly columns: IndexColumns;
}

export interface PackInIndex {
  readonly id: string;
  readonly room: PackRoom;
  readonly sealedBytes: number;
}

/** Keys of all index files, in order. */
export async function listIndexFiles(vault: Vault, signal?: AbortSignal): Promise<string[]> {
  const objects = await listObjects(vault, INDEX_PREFIX, signal);
  return objects
    .map(({ key }) => key)
    .filter((key) => isObjectKey(INDEX_PREFIX, key))
    .sort();
}

/**
 * Hands out index files, a few loaded ahead.
 * @param onDamage told of those that cannot be read, which are left out
 * @throws AppError `store/…`; what is gone since it was listed is passed over
 */
export async function* readIndexFiles(
  vault: Vault,
  keys: readonly string[],
  onDamage: (key: string, error: AppError) => void,
  signal?: AbortSignal,
): AsyncGenerator<IndexFile> {
  const load = async (key: string): Promise<IndexFile | undefined> => {
    try {
      const { content } = await loadSealedFile(vault, key, ObjectKind.index, signal);
      return { key, columns: decodeIndex(content) };
    } catch (error) {
      if (isFailure(error, 'store/not-found')) return undefined;
      const failure = named(error, key);
      if (!isDamage(failure)) throw failure;
      onDamage(key, failure);
      return undefined;
    }
  };
  for await (const file of mapConcurrent(keys, LOADS_AT_ONCE, load)) if (file) yield file;
}

/** The packs that an index file names, by their numbers in it. */
export function packsIn({ packIds, packKinds, packSealedBytes }: IndexColumns): PackInIndex[] {
  return packSealedBytes.map((sealedBytes, n) => ({
    id: toHex(packIds.subarray(n * PACK_ID_BYTES, (n + 1) * PACK_ID_BYTES)),
    room: packKinds[n] === PackKind.meta ? 'meta' : 'data',
    sealedBytes,
  }));
}

/** Stores columns as an index file, unless there is nothing in them. @returns its key */
export async function writeIndexFile(
  vault: Vault,
  columns: IndexColumns,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (columns.packKinds.length === 0) return undefined;
  const content = encodeIndex(columns);
  const { id } = await saveSealedFile(vault, INDEX_PREFIX, ObjectKind.index, content, signal);
  return INDEX_PREFIX + id;
}

/** Stores an index file anew without some packs; the old one stays. @returns the new one's key */
export function rewriteWithout(
  vault: Vault,
  { columns }: IndexFile,
  isDropped: (packId: string) => boolean,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const packs = packsIn(columns);
  const kept = filterIndex(columns, (number) => !isDropped(packs[number]?.id ?? ''));
  return writeIndexFile(vault, kept, signal);
}
