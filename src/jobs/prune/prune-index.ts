/**
 * The index as a prune needs it: also which file names which packs, and all places of chunks that lie in several
 * packs.
 * @module
 */
import { mapConcurrent } from '../../base/flow.ts';
import { AppError, isDamage, isFailure } from '../../base/failure.ts';
import { ObjectKind } from '../../crypto/sealed/header.ts';
import type { IndexColumns } from '../../format/index-file.ts';
import { PACK_ID_BYTES, decodeIndex } from '../../format/index-file.ts';
import type { PackKind } from '../../format/index-file.ts';
import type { StoredObject } from '../../store/port.ts';
import type { ChunkPlace } from '../../vault/index/chunk-table.ts';
import { ChunkTable } from '../../vault/index/chunk-table.ts';
import { assertPlausible } from '../../vault/index/load-index.ts';
import { PackList } from '../../vault/index/pack-list.ts';
import { INDEX_PREFIX, isObjectKey } from '../../vault/pack-key.ts';
import { loadSealedFile, named } from '../../vault/sealed-file.ts';
import type { Vault } from '../../vault/vault.ts';
import { anotherPrune } from './another-prune.ts';
import { OtherPlaces } from './other-places.ts';

const LOADS_AT_ONCE = 8;
/** Smallest share of an index file that a chunk can take (ids do not compress). */
const CHUNK_BYTES_MIN = 33;

export interface IndexFileInfo {
  readonly key: string;
  readonly chunks: number;
  /** Pack numbers. */
  readonly packs: Uint32Array;
}

export interface PruneIndex {
  readonly chunks: ChunkTable;
  readonly packs: PackList;
  readonly files: readonly IndexFileInfo[];
  /** Of rows whose chunk lies in several packs. */
  readonly otherPlaces: OtherPlaces;
}

/**
 * @param rankOf of packs, by name: of the places of a chunk the table names one in a pack of the highest
 * @throws AppError `object/…`, `format/invalid` for a damaged file, `vault/busy` where one is gone by now
 */
export async function loadPruneIndex(
  vault: Vault,
  rankOf: (packId: string) => number,
  signal: AbortSignal,
): Promise<PruneIndex> {
  const objects: StoredObject[] = [];
  for await (const object of vault.store.list(INDEX_PREFIX, signal)) {
    if (isObjectKey(INDEX_PREFIX, object.key)) objects.push(object);
  }
  objects.sort((a, b) => (a.key < b.key ? -1 : 1));
  const bytes = objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const atMost = Math.ceil(bytes / CHUNK_BYTES_MIN) + 1024;
  const index = {
    chunks: ChunkTable.create(atMost, atMost),
    packs: new PackList(),
    files: [] as IndexFileInfo[],
    otherPlaces: new OtherPlaces(atMost),
    rankOf,
  };
  const load = async (file: StoredObject) => ({
    key: file.key,
    columns: await loadFile(vault, file, signal),
  });
  for await (const { key, columns } of mapConcurrent(objects, LOADS_AT_ONCE, load)) {
    index.files.push(addFile(index, key, columns));
  }
  return index;
}

async function loadFile(
  vault: Vault,
  { key, sizeBytes }: StoredObject,
  signal: AbortSignal,
): Promise<IndexColumns> {
  try {
    const { content } = await loadSealedFile(vault, key, ObjectKind.index, signal);
    const columns = decodeIndex(content);
    assertPlausible(columns, sizeBytes);
    return columns;
  } catch (error) {
    // Listed, and gone by now: only prunes replace index files.
    if (isFailure(error, 'store/not-found')) throw anotherPrune(error);
    const failure = named(error, key);
    if (!isDamage(failure)) throw failure;
    throw new AppError(failure.code, failure.message, {
      hint: 'run `cybs3 repair index`, which makes it anew from the packs',
      cause: failure,
    });
  }
}

type Growing = PruneIndex & {
  readonly rankOf: (packId: string) => number;
};

function addFile(index: Growing, key: string, columns: IndexColumns): IndexFileInfo {
  const numbers = columns.packSealedBytes.map((sealedBytes, i) => {
    const id = columns.packIds.subarray(i * PACK_ID_BYTES, (i + 1) * PACK_ID_BYTES);
    return index.packs.add(id, columns.packKinds[i] as PackKind, sealedBytes);
  });
  const chunks = columns.codecs.length;
  for (let i = 0; i < chunks; i++) addRow(index, columns, i, numbers);
  return { key, chunks, packs: Uint32Array.from(numbers) };
}

function addRow(
  { chunks, packs, otherPlaces, rankOf }: Growing,
  columns: IndexColumns,
  i: number,
  numbers: readonly number[],
): void {
  const place = {
    pack: numbers[columns.packNumbers[i] ?? 0] ?? 0,
    offset: columns.offsets[i] ?? 0,
    storedBytes: columns.storedBytes[i] ?? 0,
    rawBytes: columns.rawBytes[i] ?? 0,
    codec: columns.codecs[i] ?? 0,
  };
  const at = i * 32;
  if (chunks.add(columns.chunkIds, at, place) >= 0) return;
  const row = chunks.find(columns.chunkIds, at);
  const first = placeOf(chunks, row);
  if (isSame(first, place)) return;
  for (const other of otherPlaces.of(row)) if (isSame(other, place)) return;
  const isBetter = rankOf(packs.idOf(place.pack)) > rankOf(packs.idOf(first.pack));
  if (isBetter) chunks.place(row, place);
  otherPlaces.add(row, isBetter ? first : place);
}

function isSame(a: ChunkPlace, b: ChunkPlace): boolean {
  return a.pack === b.pack && a.offset === b.offset;
}

/** Where the table says that a chunk lies. */
export function placeOf(chunks: ChunkTable, row: number): ChunkPlace {
  return {
    pack: chunks.packOf(row),
    offset: chunks.offsetOf(row),
    storedBytes: chunks.storedBytesOf(row),
    rawBytes: chunks.rawBytesOf(row),
    codec: chunks.codecOf(row),
  };
}
