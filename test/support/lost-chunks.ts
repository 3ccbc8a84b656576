/**
 * Which chunks are in the bytes that a corruption damaged: nobody can get those back, and everything else somebody can.
 * @module
 */
import { toHex } from '../../src/base/bytes.ts';
import { MiB } from '../../src/base/units.ts';
import type { VaultIndex } from '../../src/vault/index/load-index.ts';
import { packKey } from '../../src/vault/pack-key.ts';
import type { Corruption } from './corrupt.ts';

const HEADER_BYTES = 96;
/** Of packs; a segment is authenticated as a whole. */
const SEGMENT_BYTES = MiB;
const STRIDE = SEGMENT_BYTES + 28;

/** Ids as hex. @param index of the vault before it was damaged, in which each chunk is in one pack */
export function lostChunks(what: Corruption, { chunks, packs }: VaultIndex): Set<string> {
  const lost = new Set<string>();
  for (let row = 0; row < chunks.count; row++) {
    const pack = chunks.packOf(row);
    if (packKey(packs.kindOf(pack), packs.idOf(pack)) !== what.key) continue;
    const from = chunks.offsetOf(row);
    const to = from + Math.max(1, chunks.storedBytesOf(row));
    const first = Math.floor(from / SEGMENT_BYTES);
    const last = Math.floor((to - 1) / SEGMENT_BYTES);
    for (let segment = first; segment <= last; segment++) {
      if (isLost(what, segment, packs.sealedBytesOf(pack))) lost.add(toHex(chunks.idOf(row)));
    }
  }
  return lost;
}

function isLost(what: Corruption, segment: number, sealedBytes: number): boolean {
  const start = HEADER_BYTES + segment * STRIDE;
  const end = Math.min(start + STRIDE, sealedBytes);
  if (what.how === 'delete') return true;
  if (what.how === 'flip') return what.at >= start && what.at < end;
  if (what.how === 'cut') return what.to < end;
  // What grew still holds everything; what changed places lies under the other's name.
  return false;
}
