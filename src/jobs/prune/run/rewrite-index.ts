/**
 * Replaces index files: by ones that do not name what is about to be deleted, and many small ones by few.
 * @module
 */
import { AppError } from '../../../base/failure.ts';
import { ObjectKind } from '../../../crypto/sealed/header.ts';
import type { IndexColumns } from '../../../format/index-file.ts';
import {
  INDEX_CHUNKS_MAX,
  PACK_ID_BYTES,
  PackKind,
  encodeIndex,
} from '../../../format/index-file.ts';
import { findLocked } from '../../../vault/lock/find-locked.ts';
import { loadGcState } from '../../../vault/gc/gc-state.ts';
import { isPruneAtWork } from '../../../vault/gc/is-prune-at-work.ts';
import { INDEX_PREFIX } from '../../../vault/pack-key.ts';
import { saveSealedFile } from '../../../vault/sealed-file.ts';
import type { Vault } from '../../../vault/vault.ts';
import { PackRows } from '../../check/pack-rows.ts';
import type { IndexFileInfo, PruneIndex } from '../prune-index.ts';
import type { Survey } from '../survey.ts';
import { deleteObjects } from './delete-objects.ts';

/** A file with fewer chunks is small. */
const SMALL_CHUNKS = 20_000;
/** So many small files are made one. */
const SMALL_FILES_MAX = 16;
const CHUNK_ID_BYTES = 32;
const CHUNKS_PER_FILE = INDEX_CHUNKS_MAX / 2;

export interface RewriteParts {
  readonly vault: Vault;
  readonly survey: Survey;
  /** Numbers of packs that are left out. */
  readonly unindex: ReadonlySet<number>;
  /** Names of records that this prune wrote itself. */
  readonly ownRecords: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

export interface Rewritten {
  /** Numbers of packs to be left out that files name all the same, because a lock holds those. */
  readonly stillNamed: ReadonlySet<number>;
  readonly written: number;
  readonly deleted: number;
  readonly bytesStored: number;
}

/**
 * The new files are durable before the old ones go.
 * @throws AppError `vault/busy` where another prune is at work: then nothing was deleted
 */
export async function rewriteIndex(parts: RewriteParts): Promise<Rewritten> {
  const { vault, survey, signal } = parts;
  const chosen = replaceableFiles(survey.index.files, parts.unindex);
  // What is locked would stay beside what replaces it, in each run anew: its lock must end first.
  const locked = await findLocked(
    vault,
    chosen.map(({ key }) => key),
    signal,
  );
  const sources = chosen.filter(({ key }) => !locked.has(key));
  const kept = chosen.filter(({ key }) => locked.has(key));
  const stillNamed = new Set(kept.flatMap((file) => [...file.packs]));
  if (sources.length === 0) return { stillNamed, written: 0, deleted: 0, bytesStored: 0 };
  const written: string[] = [];
  let bytesStored = 0;
  for (const columns of columnsOf(parts, sources)) {
    const content = encodeIndex(columns);
    const saved = await saveSealedFile(vault, INDEX_PREFIX, ObjectKind.index, content, signal);
    written.push(INDEX_PREFIX + saved.id);
    bytesStored += saved.bytes.length;
  }
  if (await isAnotherAtWork(parts, sources)) {
    await deleteObjects(vault.store, written, signal);
    throw new AppError('vault/busy', 'another prune changed the index meanwhile', {
      hint: 'nothing is lost: run it again later',
    });
  }
  for (const { key } of sources) await vault.store.delete(key, signal);
  return { stillNamed, written: written.length, deleted: sources.length, bytesStored };
}

/** Small ones among many, and those that name packs that are to be left out. They are not locked anew. */
export function replaceableFiles(
  files: readonly IndexFileInfo[],
  unindex: ReadonlySet<number>,
): IndexFileInfo[] {
  const small = files.filter(({ chunks }) => chunks < SMALL_CHUNKS);
  const isMerging = small.length > SMALL_FILES_MAX;
  return files.filter((file) => {
    const isSmall = isMerging && file.chunks < SMALL_CHUNKS;
    return isSmall || (unindex.size > 0 && file.packs.some((pack) => unindex.has(pack)));
  });
}

async function isAnotherAtWork(
  { vault, survey, ownRecords, signal }: RewriteParts,
  sources: readonly IndexFileInfo[],
): Promise<boolean> {
  const records = new Set([...survey.gc.records.map(({ id }) => id), ...ownRecords]);
  const files = sources.map(({ key }) => key);
  const now = await loadGcState(vault, { signal });
  return isPruneAtWork(vault, { records, files, now }, signal);
}

/** All packs that the sources name but for those left out, and the chunks that are looked for in them. */
function* columnsOf(
  { survey, unindex }: RewriteParts,
  sources: readonly IndexFileInfo[],
): Generator<IndexColumns> {
  const { index } = survey;
  const rows = PackRows.create(index.chunks, index.packs.count);
  const packs = new Set(sources.flatMap((file) => [...file.packs]));
  let chosen: number[] = [];
  let chunks = 0;
  for (const pack of packs) {
    if (unindex.has(pack)) continue;
    const count = rows.of(pack).length;
    if (chunks + count > CHUNKS_PER_FILE && chosen.length > 0) {
      yield fileOf(index, rows, chosen, chunks);
      [chosen, chunks] = [[], 0];
    }
    chosen.push(pack);
    chunks += count;
  }
  if (chosen.length > 0) yield fileOf(index, rows, chosen, chunks);
}

function fileOf(
  { chunks, packs }: PruneIndex,
  rows: PackRows,
  chosen: readonly number[],
  count: number,
): IndexColumns {
  const columns = {
    packIds: Buffer.alloc(chosen.length * PACK_ID_BYTES),
    packKinds: Uint8Array.from(chosen, (pack) => PackKind[packs.kindOf(pack)]),
    packSealedBytes: chosen.map((pack) => packs.sealedBytesOf(pack)),
    chunkIds: Buffer.alloc(count * CHUNK_ID_BYTES),
    packNumbers: new Uint32Array(count),
    offsets: new Uint32Array(count),
    storedBytes: new Uint32Array(count),
    rawBytes: new Uint32Array(count),
    codecs: new Uint8Array(count),
  };
  let to = 0;
  for (const [number, pack] of chosen.entries()) {
    columns.packIds.write(packs.idOf(pack), number * PACK_ID_BYTES, 'hex');
    for (const row of rows.of(pack)) {
      chunks.copyId(row, columns.chunkIds, to * CHUNK_ID_BYTES);
      columns.packNumbers[to] = number;
      columns.offsets[to] = chunks.offsetOf(row);
      columns.storedBytes[to] = chunks.storedBytesOf(row);
      columns.rawBytes[to] = chunks.rawBytesOf(row);
      columns.codecs[to] = chunks.codecOf(row);
      to++;
    }
  }
  return columns;
}
