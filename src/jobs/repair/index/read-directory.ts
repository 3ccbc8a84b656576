/**
 * Reads the directory of one pack from the pack's end, in few requests, without its chunks.
 * @module
 */
import { AppError, isDamage } from '../../../base/failure.ts';
import { MiB } from '../../../base/units.ts';
import { SEGMENT_SIZES_BYTES, plainBytesOf } from '../../../crypto/sealed/sizes.ts';
import { INDEX_CHUNKS_MAX } from '../../../format/index-file.ts';
import { PACK_FOOTER_BYTES, decodePackFooter, decodePackTail } from '../../../format/pack.ts';
import type { DurablePack } from '../../../vault/index/index-writer.ts';
import type { PackAddress } from '../../../vault/pack/segment-reader.ts';
import { SegmentReader } from '../../../vault/pack/segment-reader.ts';
import type { Vault } from '../../../vault/vault.ts';

/** Of one pack: its last segments, which hold footer and directory. */
const CACHE_BYTES = 2 * MiB;

/** Writers use 1 MiB; the others are tried where that does not fit. */
const SEGMENT_SIZES = [MiB, ...SEGMENT_SIZES_BYTES.filter((bytes) => bytes !== MiB)];

/**
 * @param pack with the length that the store lists
 * @returns what an index file says of it; the directory is in memory of its own
 * @throws AppError `object/…`, `format/invalid` where it cannot be read, `store/…`
 */
export async function readDirectory(
  vault: Vault,
  pack: PackAddress,
  signal?: AbortSignal,
): Promise<DurablePack> {
  let damage: AppError | undefined;
  for (const segmentBytes of SEGMENT_SIZES) {
    try {
      return await readFromEnd(vault, pack, segmentBytes, signal);
    } catch (error) {
      if (!isDamage(error)) throw error;
      damage ??= error;
    }
  }
  throw damage ?? new AppError('format/invalid', 'a pack has no directory');
}

async function readFromEnd(
  vault: Vault,
  pack: PackAddress,
  segmentBytes: number,
  signal: AbortSignal | undefined,
): Promise<DurablePack> {
  const end = plainBytesOf(pack.sealedBytes, segmentBytes);
  const reader = new SegmentReader(vault, { cacheBytes: CACHE_BYTES, signal });
  const footer = await reader.read(pack, Math.max(0, end - PACK_FOOTER_BYTES), end);
  const layout = decodePackFooter(footer, end);
  if (layout.count > INDEX_CHUNKS_MAX) {
    throw new AppError('format/invalid', 'a pack claims to hold too many chunks');
  }
  const { bytes } = decodePackTail(layout, await reader.read(pack, layout.chunkBytes, end));
  const { id, room, sealedBytes } = pack;
  return { id, room, sealedBytes, directory: Uint8Array.from(bytes) };
}
