/**
 * Loads every index file of a vault into one table.
 * @module
 */
import { mapConcurrent } from '../../base/flow.ts';
import { AppError } from '../../base/failure.ts';
import { ObjectKind } from '../../crypto/sealed/header.ts';
import type { IndexColumns } from '../../format/index-file.ts';
import { PACK_ID_BYTES, decodeIndex } from '../../format/index-file.ts';
import type { PackKind } from '../../format/index-file.ts';
import type { StoredObject } from '../../store/port.ts';
import { INDEX_PREFIX, isObjectKey } from '../pack-key.ts';
import { loadSealedFile, named } from '../sealed-file.ts';
import type { Vault } from '../vault.ts';
import { ChunkTable } from './chunk-table.ts';
import { PackList } from './pack-list.ts';

const LOADS_AT_ONCE = 6;
/** Smallest share of an index file that a chunk can take (ids do not compress). */
const CHUNK_BYTES_MIN = 33;

export interface VaultIndex {
  readonly chunks: ChunkTable;
  readonly packs: PackList;
}

export interface LoadIndexOptions {
  readonly signal?: AbortSignal | undefined;
  /** Room for chunks that will be added, in rows (memory is only reserved). */
  readonly extraChunks?: number;
  /** Called for an index file that cannot be read, which is then left out; without it, it is thrown. */
  readonly onDamage?: (key: string, error: AppError) => void;
}

/** @throws AppError `object/…` or `format/invalid` for a damaged index file, unless `onDamage` takes it */
export async function loadIndex(vault: Vault, options: LoadIndexOptions = {}): Promise<VaultIndex> {
  const files: StoredObject[] = [];
  for await (const object of vault.store.list(INDEX_PREFIX, options.signal)) {
    if (isObjectKey(INDEX_PREFIX, object.key)) files.push(object);
  }
  files.sort((a, b) => (a.key < b.key ? -1 : 1));
  const bytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const atMost = Math.ceil(bytes / CHUNK_BYTES_MIN);
  const chunks = ChunkTable.create(atMost + (options.extraChunks ?? 0) + 1024, atMost);
  const index: VaultIndex = { chunks, packs: new PackList() };
  const load = (file: StoredObject) => loadColumns(vault, file.key, options);
  for await (const columns of mapConcurrent(files, LOADS_AT_ONCE, load)) {
    if (columns) addColumns(index, columns);
  }
  return index;
}

async function loadColumns(
  vault: Vault,
  key: string,
  options: LoadIndexOptions,
): Promise<IndexColumns | undefined> {
  try {
    const { content } = await loadSealedFile(vault, key, ObjectKind.index, options.signal);
    return decodeIndex(content);
  } catch (error) {
    const failure = named(error, key);
    if (!options.onDamage || !(failure instanceof AppError)) throw failure;
    if (failure.code === 'interrupted' || failure.code === 'store/denied') throw failure;
    options.onDamage(key, failure);
    return undefined;
  }
}

function addColumns(index: VaultIndex, columns: IndexColumns): void {
  const numbers = columns.packSealedBytes.map((sealedBytes, i) =>
    index.packs.add(
      columns.packIds.subarray(i * PACK_ID_BYTES, (i + 1) * PACK_ID_BYTES),
      columns.packKinds[i] as PackKind,
      sealedBytes,
    ),
  );
  for (let i = 0; i < columns.codecs.length; i++) {
    index.chunks.add(columns.chunkIds, i * 32, {
      pack: numbers[columns.packNumbers[i] ?? 0] ?? 0,
      offset: columns.offsets[i] ?? 0,
      storedBytes: columns.storedBytes[i] ?? 0,
      rawBytes: columns.rawBytes[i] ?? 0,
      codec: columns.codecs[i] ?? 0,
    });
  }
}
