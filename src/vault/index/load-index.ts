/**
 * Loads every index file of a vault into one table.
 * @module
 */
import { mapConcurrent } from '../../base/flow.ts';
import { AppError, isFailure } from '../../base/failure.ts';
import { MiB } from '../../base/units.ts';
import { ObjectKind } from '../../crypto/sealed/header.ts';
import { releaseBytes } from '../../base/release-bytes.ts';
import type { IndexRows } from '../../format/index-file.ts';
import { PACK_ID_BYTES, openIndex } from '../../format/index-file.ts';
import type { PackKind } from '../../format/index-file.ts';
import type { StoredObject } from '../../store/port.ts';
import { loadGcState } from '../gc/gc-state.ts';
import { listObjects } from '../list-ahead.ts';
import { INDEX_PREFIX, isObjectKey } from '../pack-key.ts';
import { named, takeSealedFile } from '../sealed-file.ts';
import type { Vault } from '../vault.ts';
import { ChunkTable, PACK_PENDING } from './chunk-table.ts';
import { IndexLookup } from './index-lookup.ts';
import { PackList } from './pack-list.ts';

/** Files on their way or being decoded, within a bound on memory; of large ones enough that none waits for another. */
const LOADS_AT_ONCE = 24;
const LARGE_LOADS_AT_ONCE = 3;
const LOAD_BYTES = 24 * MiB;
/** Smallest share of an index file that a chunk can take (ids do not compress), and what it takes at least, really. */
const CHUNK_BYTES_MIN = 33;
const CHUNK_BYTES = 38;

export interface VaultIndex {
  readonly chunks: ChunkTable;
  readonly packs: PackList;
  /** Keys of the index files that it was read from. */
  readonly files: readonly string[];
}

type Condemned = ReadonlyMap<string, { readonly dueMs: number | undefined }>;
/** By name. */
export type CondemnedPacks = Promise<Condemned>;

export interface LoadIndexOptions {
  readonly signal?: AbortSignal | undefined;
  /** Room for chunks that will be added, in rows (memory is only reserved). */
  readonly extraChunks?: number;
  /**
   * The table fills itself with what is looked for: for readers that may need little of it, or all.
   * `chunks.count` says nothing then.
   */
  readonly isForLookups?: boolean;
  /**
   * Of data chunks the table then says only that they are there, which takes two thirds of the memory: for writers,
   * who read nothing but metadata. Default `all`.
   */
  readonly places?: 'all' | 'metadata';
  /** Packs whose chunks are left out, as if no index file named them; not for lookups. */
  readonly isAvoided?: ((packId: string) => boolean) | undefined;
  /**
   * Condemned packs, by name, where they are known already. Of a chunk that lies in several packs, the place in one
   * that is not condemned is taken, or else in the one that is due last: the others may be gone.
   */
  readonly condemned?: CondemnedPacks | undefined;
  /** Called for an index file that cannot be read, which is then left out; without it, it is thrown. */
  readonly onDamage?: (key: string, error: AppError) => void;
}

/** A prune that runs meanwhile replaces index files by others; then it is begun anew. */
const ATTEMPTS = 5;

/**
 * @throws AppError `object/…` or `format/invalid` for a damaged index file, unless `onDamage` takes it;
 *   `store/not-found` where files that are listed are not there, again and again
 */
export async function loadIndex(vault: Vault, options: LoadIndexOptions = {}): Promise<VaultIndex> {
  const condemned = options.condemned ?? loadCondemned(vault, options.signal);
  condemned.catch(() => undefined);
  for (let attempt = 1; ; attempt++) {
    try {
      return await loadListedIndex(vault, { ...options, condemned }, attempt === ATTEMPTS);
    } catch (error) {
      if (!isFailure(error, 'store/not-found') || attempt === ATTEMPTS) throw error;
    }
  }
}

async function loadCondemned(vault: Vault, signal: AbortSignal | undefined): Promise<Condemned> {
  const gc = await loadGcState(vault, { signal, onDamage: () => undefined, skipsUnknown: true });
  return gc.condemned;
}

/** @param isLast a file that is not there is damage then, and a reason to begin anew before */
async function loadListedIndex(
  vault: Vault,
  options: LoadIndexOptions & { readonly condemned: CondemnedPacks },
  isLast: boolean,
): Promise<VaultIndex> {
  const objects = await listObjects(vault, INDEX_PREFIX, options.signal);
  const files = objects
    .filter(({ key }) => isObjectKey(INDEX_PREFIX, key))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const bytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const atMost = Math.ceil(bytes / CHUNK_BYTES_MIN);
  const chunks = ChunkTable.create(
    atMost + (options.extraChunks ?? 0) + 1024,
    Math.ceil(bytes / CHUNK_BYTES),
  );
  const keys = files.map(({ key }) => key);
  const dueMs = new Map<number, number>();
  const index = { chunks, packs: new PackList(), files: keys, dueMs };
  const rest = new IndexLookup(index.dueMs);
  const load = (file: StoredObject) => loadRows(vault, file, options, isLast);
  const largest = files.reduce((most, file) => Math.max(most, file.sizeBytes), 1);
  const within = Math.min(LOADS_AT_ONCE, Math.floor(LOAD_BYTES / largest));
  const atOnce = Math.max(LARGE_LOADS_AT_ONCE, within);
  for await (const rows of mapConcurrent(files, atOnce, load)) {
    if (!rows) continue;
    const numbers = addPacks(index, rows);
    const condemned = await options.condemned;
    if (condemned.size > 0) noteDue(index, numbers, condemned);
    rest.add(rows, numbers);
    if (options.isForLookups) continue;
    takeRows(rest, numbers, index, options);
    rest.clear();
  }
  if (options.isForLookups) chunks.fillFrom(rest);
  return index;
}

/** When condemned packs may be deleted, by number. */
interface DueTimes {
  readonly dueMs: Map<number, number>;
}

function noteDue(
  { packs, dueMs }: Pick<VaultIndex, 'packs'> & DueTimes,
  numbers: readonly number[],
  condemned: Condemned,
): void {
  for (const n of numbers) {
    const condemnation = condemned.get(packs.idOf(n));
    if (condemnation) dueMs.set(n, condemnation.dueMs ?? -Infinity);
  }
}

function takeRows(
  rows: IndexLookup,
  numbers: readonly number[],
  { chunks, packs, dueMs }: VaultIndex & DueTimes,
  { isAvoided, places }: LoadIndexOptions,
): void {
  const used = numbers.filter((n) => !isAvoided?.(packs.idOf(n)));
  const isPlaced = (n: number) => places !== 'metadata' || packs.kindOf(n) === 'meta';
  const placed = new Set(used.filter(isPlaced));
  // Those that have places first and together: memory is used by the page.
  rows.forEach((ids, at, place) => {
    if (!placed.has(place.pack) || chunks.add(ids, at, place) >= 0) return;
    const row = chunks.find(ids, at);
    const known = chunks.packOf(row);
    const isBetter = (dueMs.get(place.pack) ?? Infinity) > (dueMs.get(known) ?? Infinity);
    if (known === PACK_PENDING || isBetter) chunks.place(row, place);
  });
  const others = new Set(used.filter((n) => !isPlaced(n)));
  if (others.size === 0) return;
  rows.forEach((ids, at, { pack }) => {
    if (others.has(pack)) chunks.claim(ids, at);
  });
}

/**
 * Room in the table is made by the sizes that the store lists: an index file must not hold more than such a size can.
 * @throws AppError `format/invalid`
 */
export function assertPlausible({ codecs }: Pick<IndexRows, 'codecs'>, listedBytes: number): void {
  if (codecs.length <= listedBytes / CHUNK_BYTES_MIN) return;
  throw new AppError('format/invalid', 'an index is damaged: it has more chunks than fit in it');
}

async function loadRows(
  vault: Vault,
  { key, sizeBytes }: StoredObject,
  options: LoadIndexOptions,
  isLast: boolean,
): Promise<IndexRows | undefined> {
  try {
    const content = await takeSealedFile(vault, key, ObjectKind.index, options.signal);
    const rows = await openIndex(content);
    assertPlausible(rows, sizeBytes);
    // Tens of megabytes each: not left to the collector, which would run for them again and again.
    if (rows.chunkIds.buffer !== content.buffer) releaseBytes(content);
    return rows;
  } catch (error) {
    const failure = named(error, key);
    if (!options.onDamage || !(failure instanceof AppError)) throw failure;
    if (failure.code === 'interrupted' || failure.code === 'store/denied') throw failure;
    if (failure.code === 'store/not-found' && !isLast) throw failure;
    options.onDamage(key, failure);
    return undefined;
  }
}

/** @returns the number of each of its packs */
function addPacks({ packs }: VaultIndex, rows: IndexRows): number[] {
  return rows.packSealedBytes.map((sealedBytes, i) =>
    packs.add(
      rows.packIds.subarray(i * PACK_ID_BYTES, (i + 1) * PACK_ID_BYTES),
      rows.packKinds[i] as PackKind,
      sealedBytes,
    ),
  );
}
