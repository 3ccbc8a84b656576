/**
 * Reads chunks in the order in which they lie in packs, many with one request, and adds those to the other vault that
 * it does not have: decrypted, verified, named anew, and sealed again as they were stored, not compressed anew.
 * @module
 */
import { compareBytes } from '../../../base/bytes.ts';
import { AppError, isFailure } from '../../../base/failure.ts';
import { mapConcurrent } from '../../../base/flow.ts';
import { MiB } from '../../../base/units.ts';
import type { Codec } from '../../../format/compress.ts';
import { ChunkDecompressor } from '../../../format/compress.ts';
import { packKey } from '../../../vault/pack-key.ts';
import { SegmentReader } from '../../../vault/pack/segment-reader.ts';
import type { CopySource } from '../copy-source.ts';
import type { CopyTarget } from '../copy-target.ts';

/** One request; as many of them are under way, or held, as is said here. */
const RUN_BYTES_MAX = 8 * MiB;
const RUNS_AHEAD = 4;
/** A gap of bytes that nobody wants up to this is read along, rather than asked for twice. */
const GAP_BYTES_MAX = MiB;
const SEGMENT_CACHE_BYTES = 4 * MiB;
/** Writers make none that are longer (`docs/format.md`, 14), and packs may not hold them. */
const CHUNK_BYTES_MAX = 8 * MiB;

export interface MoveParts {
  readonly source: CopySource;
  readonly target: CopyTarget;
  readonly signal: AbortSignal;
  /** Told of each chunk. */
  readonly onChunk: (storedBytes: number, isNew: boolean) => void;
}

/** @throws AppError `chunk/…`, `object/…` for damage where it is read, `store/…`, `interrupted` */
export async function moveChunks(rows: Uint32Array, parts: MoveParts): Promise<void> {
  const { source, signal } = parts;
  const reader = new SegmentReader(source.vault, { cacheBytes: SEGMENT_CACHE_BYTES, signal });
  const unpack = new ChunkDecompressor();
  const read = async (run: Run) => ({ run, plain: await readRun(source, reader, run) });
  for await (const { run, plain } of mapConcurrent(runsOf(rows, source), RUNS_AHEAD, read)) {
    for (const row of rows.subarray(run.first, run.end)) {
      await moveChunk(row, plain, run.from, unpack, parts);
    }
  }
}

/** Neighbours in a pack that are read in one piece: `rows[first..end)`. */
interface Run {
  readonly pack: number;
  readonly from: number;
  readonly to: number;
  readonly first: number;
  readonly end: number;
}

function* runsOf(rows: Uint32Array, { index: { chunks } }: CopySource): Generator<Run> {
  let run: Run | undefined;
  for (const [i, row] of rows.entries()) {
    const pack = chunks.packOf(row);
    const from = chunks.offsetOf(row);
    const to = from + chunks.storedBytesOf(row);
    const isNear = run?.pack === pack && from <= run.to + GAP_BYTES_MAX;
    if (run && isNear && to - run.from <= RUN_BYTES_MAX) {
      run = { ...run, to: Math.max(run.to, to), end: i + 1 };
      continue;
    }
    if (run) yield run;
    run = { pack, from, to, first: i, end: i + 1 };
  }
  if (run) yield run;
}

async function readRun(
  { index: { packs } }: CopySource,
  reader: SegmentReader,
  { pack, from, to }: Run,
): Promise<Uint8Array> {
  const [room, id] = [packs.kindOf(pack), packs.idOf(pack)];
  try {
    return await reader.read({ room, id, sealedBytes: packs.sealedBytesOf(pack) }, from, to);
  } catch (cause) {
    if (!isFailure(cause, 'store/not-found')) throw cause;
    const message = `${packKey(room, id)} is gone, and chunks in it are needed`;
    throw new AppError('chunk/missing', message, { cause });
  }
}

async function moveChunk(
  row: number,
  plain: Uint8Array,
  from: number,
  unpack: ChunkDecompressor,
  { source, target, onChunk }: MoveParts,
): Promise<void> {
  const { chunks, packs } = source.index;
  const at = chunks.offsetOf(row) - from;
  const bytes = plain.subarray(at, at + chunks.storedBytesOf(row));
  const [codec, rawBytes] = [chunks.codecOf(row) as Codec, chunks.rawBytesOf(row)];
  const pack = chunks.packOf(row);
  const key = packKey(packs.kindOf(pack), packs.idOf(pack));
  if (rawBytes > CHUNK_BYTES_MAX) {
    throw new AppError('format/invalid', `${key}: a chunk is longer than chunks of files may be`);
  }
  const raw = unpack.decompress(codec, bytes, rawBytes);
  if (compareBytes(source.identify(raw), chunks.idOf(row)) !== 0) {
    throw new AppError('chunk/mismatch', `${key}: a chunk in it is not what its id says`);
  }
  const id = target.identify(raw);
  const isNew = target.chunks.claim(id) >= 0;
  if (isNew) await target.sink.addStored('data', id, { codec, bytes }, rawBytes);
  source.known.set(row, id);
  onChunk(bytes.length, isNew);
}
