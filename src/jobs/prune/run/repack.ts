/**
 * Moves what is needed of packs into new ones: chunks are decrypted, verified and sealed again as they are stored,
 * not compressed anew.
 * @module
 */
import { compareBytes } from '../../../base/bytes.ts';
import { AppError, isDamage, isFailure } from '../../../base/failure.ts';
import { mapConcurrent } from '../../../base/flow.ts';
import { MiB } from '../../../base/units.ts';
import { createChunkIdentifier } from '../../../crypto/chunk-id.ts';
import { deriveDedupKeys } from '../../../crypto/derive.ts';
import type { Codec } from '../../../format/compress.ts';
import { ChunkDecompressor } from '../../../format/compress.ts';
import type { RowSet } from '../../../vault/index/row-set.ts';
import { PackSink } from '../../../vault/pack/pack-sink.ts';
import { SegmentReader } from '../../../vault/pack/segment-reader.ts';
import type { Vault } from '../../../vault/vault.ts';
import type { PruneIndex } from '../prune-index.ts';

/** Packs read ahead of the one that is being moved. */
const PACKS_AHEAD = 2;
/** A gap of unneeded bytes up to this is read along, rather than asked for twice. */
const GAP_BYTES_MAX = MiB;
const SEGMENT_CACHE_BYTES = 4 * MiB;

export interface RepackParts {
  readonly vault: Vault;
  readonly index: PruneIndex;
  readonly needed: RowSet;
  readonly signal: AbortSignal;
  readonly onPack: (bytesMoved: number) => void;
  /** A pack that could not be read: it stays. */
  readonly onDamage: (pack: number, error: AppError) => void;
}

export interface Repacked {
  /** Numbers of packs that nobody needs now. */
  readonly emptied: readonly number[];
  readonly bytesMoved: number;
  readonly bytesFetched: number;
  readonly bytesStored: number;
}

/** When it resolves, everything that was moved is durable and named by index files. */
export async function repackChunks(
  parts: RepackParts,
  packs: readonly number[],
): Promise<Repacked> {
  const { vault, index, signal } = parts;
  if (packs.length === 0) return { emptied: [], bytesMoved: 0, bytesFetched: 0, bytesStored: 0 };
  const rows = neededRows(parts, packs);
  const sink = new PackSink({ vault, signal });
  using keys = deriveDedupKeys(vault.keys.dedupKey);
  const mover = {
    sink,
    identify: createChunkIdentifier(keys.chunkId),
    unpack: new ChunkDecompressor(),
  };
  const emptied: number[] = [];
  let [bytesMoved, bytesFetched] = [0, 0];
  const read = async (pack: number) => {
    const runs = runsOf(index, rows.get(pack) ?? []);
    return { pack, ...(await readRuns(parts, pack, runs)) };
  };
  try {
    for await (const { pack, runs, fetched, error } of mapConcurrent(packs, PACKS_AHEAD, read)) {
      bytesFetched += fetched;
      const failure = error ?? (await moveRuns(index, mover, runs));
      if (failure) {
        parts.onDamage(pack, failure);
        continue;
      }
      emptied.push(pack);
      const moved = runs.reduce((sum, run) => sum + run.neededBytes, 0);
      bytesMoved += moved;
      parts.onPack(moved);
    }
    await sink.finish();
  } catch (error) {
    await sink.salvage().catch(() => undefined);
    throw error;
  }
  return { emptied, bytesMoved, bytesFetched, bytesStored: sink.bytesStored };
}

/** Rows of the chunks that are needed in each of those packs, in the order of the pack. */
function neededRows({ index, needed }: RepackParts, packs: readonly number[]) {
  const { chunks } = index;
  const rows = new Map<number, number[]>(packs.map((pack) => [pack, []]));
  for (let row = 0; row < chunks.count; row++) {
    if (needed.has(row)) rows.get(chunks.packOf(row))?.push(row);
  }
  for (const list of rows.values()) list.sort((a, b) => chunks.offsetOf(a) - chunks.offsetOf(b));
  return rows;
}

/** Neighbours that are read in one piece. */
interface Run {
  readonly from: number;
  readonly to: number;
  readonly rows: readonly number[];
  readonly neededBytes: number;
}

interface LoadedRun extends Run {
  readonly plain: Uint8Array;
}

function runsOf({ chunks }: PruneIndex, rows: readonly number[]): Run[] {
  const runs: { from: number; to: number; rows: number[]; neededBytes: number }[] = [];
  for (const row of rows) {
    const from = chunks.offsetOf(row);
    const bytes = chunks.storedBytesOf(row);
    let last = runs.at(-1);
    if (!last || from > last.to + GAP_BYTES_MAX) {
      last = { from, to: from, rows: [], neededBytes: 0 };
      runs.push(last);
    }
    last.rows.push(row);
    last.to = Math.max(last.to, from + bytes);
    last.neededBytes += bytes;
  }
  return runs;
}

async function readRuns(
  { vault, index, signal }: RepackParts,
  pack: number,
  runs: readonly Run[],
): Promise<{ runs: LoadedRun[]; fetched: number; error?: AppError }> {
  const { packs } = index;
  const [room, id] = [packs.kindOf(pack), packs.idOf(pack)];
  const address = { room, id, sealedBytes: packs.sealedBytesOf(pack) };
  const reader = new SegmentReader(vault, { cacheBytes: SEGMENT_CACHE_BYTES, signal });
  const loaded: LoadedRun[] = [];
  try {
    for (const run of runs) {
      loaded.push({ ...run, plain: await reader.read(address, run.from, run.to) });
    }
  } catch (error) {
    if (!isDamage(error) && !isFailure(error, 'store/not-found')) throw error;
    return { runs: [], fetched: reader.bytesFetched, error };
  }
  return { runs: loaded, fetched: reader.bytesFetched };
}

interface Mover {
  readonly sink: PackSink;
  readonly identify: (chunk: Uint8Array) => Uint8Array;
  readonly unpack: ChunkDecompressor;
}

/** @returns what is wrong with a chunk, if anything: then the pack is not emptied */
async function moveRuns(
  { chunks, packs }: PruneIndex,
  { sink, identify, unpack }: Mover,
  runs: readonly LoadedRun[],
): Promise<AppError | undefined> {
  for (const { from, rows, plain } of runs) {
    for (const row of rows) {
      const at = chunks.offsetOf(row) - from;
      const bytes = plain.subarray(at, at + chunks.storedBytesOf(row));
      const codec = chunks.codecOf(row) as Codec;
      const id = chunks.idOf(row);
      try {
        const raw = unpack.decompress(codec, bytes, chunks.rawBytesOf(row));
        if (compareBytes(identify(raw), id) !== 0) throw otherContent();
      } catch (error) {
        if (isDamage(error)) return error;
        throw error;
      }
      const room = packs.kindOf(chunks.packOf(row));
      await sink.addStored(room, id, { codec, bytes }, chunks.rawBytesOf(row));
    }
  }
  return undefined;
}

function otherContent(): AppError {
  return new AppError('chunk/mismatch', 'a chunk in it is not what its id says');
}
