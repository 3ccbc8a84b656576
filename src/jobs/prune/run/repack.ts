/**
 * Moves what is needed of packs into new ones: chunks are decrypted, verified and sealed again as they are stored,
 * not compressed anew.
 * @module
 */
import { compareBytes } from '../../../base/bytes.ts';
import { AppError, isDamage } from '../../../base/failure.ts';
import { createChunkIdentifier } from '../../../crypto/chunk-id.ts';
import { deriveDedupKeys } from '../../../crypto/derive.ts';
import type { Codec } from '../../../format/compress.ts';
import { ChunkDecompressor } from '../../../format/compress.ts';
import type { RowSet } from '../../../vault/index/row-set.ts';
import { PackSink } from '../../../vault/pack/pack-sink.ts';
import type { Vault } from '../../../vault/vault.ts';
import { PackRows } from '../../check/pack-rows.ts';
import type { PruneIndex } from '../prune-index.ts';
import type { Stretch } from './pack-feed.ts';
import { fetchPacks } from './pack-feed.ts';

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
  const rowsOf = neededRows(parts);
  const sink = new PackSink({ vault, signal });
  using keys = deriveDedupKeys(vault.keys.dedupKey);
  const mover = {
    sink,
    identify: createChunkIdentifier(keys.chunkId),
    unpack: new ChunkDecompressor(),
  };
  const emptied: number[] = [];
  let [bytesMoved, bytesFetched] = [0, 0];
  try {
    for await (const fetched of fetchPacks({ vault, index, rowsOf, signal }, packs)) {
      const { pack, stretches } = fetched;
      bytesFetched += fetched.bytesFetched;
      const failure =
        stretches instanceof AppError ? stretches : await moveChunks(index, mover, pack, stretches);
      if (failure) {
        parts.onDamage(pack, failure);
        continue;
      }
      emptied.push(pack);
      const moved = rowsOf(pack).reduce((sum, row) => sum + index.chunks.storedBytesOf(row), 0);
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

/** Rows of the chunks that are needed in a pack, in the order of the pack. */
function neededRows({ index, needed }: RepackParts): (pack: number) => Uint32Array {
  const { chunks } = index;
  const rows = PackRows.create(chunks, index.packs.count);
  return (pack) =>
    rows
      .of(pack)
      .filter((row) => needed.has(row))
      .sort((a, b) => chunks.offsetOf(a) - chunks.offsetOf(b));
}

interface Mover {
  readonly sink: PackSink;
  readonly identify: (chunk: Uint8Array) => Uint8Array;
  readonly unpack: ChunkDecompressor;
}

/** @returns what is wrong with a chunk, if anything: then the pack is not emptied */
async function moveChunks(
  { chunks, packs }: PruneIndex,
  { sink, identify, unpack }: Mover,
  pack: number,
  stretches: readonly Stretch[],
): Promise<AppError | undefined> {
  const room = packs.kindOf(pack);
  for (const { rows, plain } of stretches) {
    for (const row of rows) {
      const [codec, rawBytes] = [chunks.codecOf(row) as Codec, chunks.rawBytesOf(row)];
      const id = chunks.idOf(row);
      let bytes: Uint8Array;
      try {
        bytes = plain.read(chunks.offsetOf(row), chunks.storedBytesOf(row));
        const raw = unpack.decompress(codec, bytes, rawBytes);
        if (compareBytes(identify(raw), id) !== 0) throw otherContent();
      } catch (error) {
        if (isDamage(error)) return error;
        throw error;
      }
      await sink.addStored(room, id, { codec, bytes }, rawBytes);
    }
  }
  return undefined;
}

function otherContent(): AppError {
  return new AppError('chunk/mismatch', 'a chunk in it is not what its id says');
}
