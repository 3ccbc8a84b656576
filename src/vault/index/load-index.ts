/**
 * Loads every index file of a vault into one table.
 * @module
 */
import { mapConcurrent } from '../../base/flow.ts';
import { AppError } from '../../base/failure.ts';
import { MiB } from '../../base/units.ts';
import { ObjectKind } from '../../crypto/sealed/header.ts';
import { releaseBytes } from '../../format/compress.ts';
import type { IndexColumns } from '../../format/index-file.ts';
import { PACK_ID_BYTES, decodeIndex } from '../../format/index-file.ts';
import type { PackKind } from '../../format/index-file.ts';
import type { StoredObject } from '../../store/port.ts';
import { listObjects } from '../list-ahead.ts';
import { INDEX_PREFIX, isObjectKey } from '../pack-key.ts';
import { loadSealedFile, named } from '../sealed-file.ts';
import type { Vault } from '../vault.ts';
import { ChunkTable } from './chunk-table.ts';
import { IndexLookup } from './index-lookup.ts';
import { PackList } from './pack-list.ts';

/** Files on their way or being decoded, within a bound on memory. */
const LOADS_AT_ONCE = 24;
const LOAD_BYTES = 64 * MiB;
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
  /**
   * The table fills itself with what is looked for: for readers that may need little of it, or all.
   * `chunks.count` says nothing then.
   */
  readonly isForLookups?: boolean;
  /** Called for an index file that cannot be read, which is then left out; without it, it is thrown. */
  readonly onDamage?: (key: string, error: AppError) => void;
}

/** @throws AppError `object/…` or `format/invalid` for a damaged index file, unless `onDamage` takes it */
export async function loadIndex(vault: Vault, options: LoadIndexOptions = {}): Promise<VaultIndex> {
  const objects = await listObjects(vault, INDEX_PREFIX, options.signal);
  const files = objects
    .filter(({ key }) => isObjectKey(INDEX_PREFIX, key))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const bytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const atMost = Math.ceil(bytes / CHUNK_BYTES_MIN);
  const chunks = ChunkTable.create(atMost + (options.extraChunks ?? 0) + 1024, atMost);
  const index: VaultIndex = { chunks, packs: new PackList() };
  let rest = new IndexLookup();
  const load = (file: StoredObject) => loadColumns(vault, file.key, options);
  const largest = files.reduce((most, file) => Math.max(most, file.sizeBytes), 1);
  const atOnce = Math.max(2, Math.min(LOADS_AT_ONCE, Math.floor(LOAD_BYTES / largest)));
  for await (const columns of mapConcurrent(files, atOnce, load)) {
    if (columns) rest.add(columns, addPacks(index, columns));
    if (options.isForLookups) continue;
    rest.forEach((ids, at, place) => chunks.add(ids, at, place));
    rest = new IndexLookup();
  }
  if (options.isForLookups) chunks.fillFrom(rest);
  return index;
}

async function loadColumns(
  vault: Vault,
  key: string,
  options: LoadIndexOptions,
): Promise<IndexColumns | undefined> {
  try {
    const { content, sealed } = await loadSealedFile(vault, key, ObjectKind.index, options.signal);
    const columns = decodeIndex(content);
    // Tens of megabytes each: not left to the collector, which would run for them again and again.
    releaseBytes(sealed);
    if (columns.chunkIds.buffer !== content.buffer) releaseBytes(content);
    return columns;
  } catch (error) {
    const failure = named(error, key);
    if (!options.onDamage || !(failure instanceof AppError)) throw failure;
    if (failure.code === 'interrupted' || failure.code === 'store/denied') throw failure;
    options.onDamage(key, failure);
    return undefined;
  }
}

/** @returns the number of each of its packs */
function addPacks({ packs }: VaultIndex, columns: IndexColumns): number[] {
  return columns.packSealedBytes.map((sealedBytes, i) =>
    packs.add(
      columns.packIds.subarray(i * PACK_ID_BYTES, (i + 1) * PACK_ID_BYTES),
      columns.packKinds[i] as PackKind,
      sealedBytes,
    ),
  );
}
