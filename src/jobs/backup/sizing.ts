/**
 * How many threads and slots a backup has, so that its memory stays bounded whatever the machine.
 * @module
 */
import { MiB } from '../../base/units.ts';
import { slotBytesFor } from '../../vault/pack/pack-writer.ts';

/** For data packs being filled or sent. */
const SLOT_MEMORY_BYTES = 96 * MiB;
const META_PACK_BYTES = 8 * MiB;
const PACK_BYTES_MIN = 16 * MiB;
const THREADS_MAX = 8;

export interface Sizing {
  readonly threads: number;
  readonly dataPackBytes: number;
  readonly dataSlots: number;
  readonly metaPackBytes: number;
  readonly metaSlots: number;
}

/**
 * @param threads wished for; one a core by default
 * @param mayShrink packs may get smaller so that more threads fit the memory (not where somebody asked for a size)
 */
export function sizeBackup(threads: number, packSizeBytes: number, mayShrink: boolean): Sizing {
  const count = Math.max(1, Math.min(threads, THREADS_MAX));
  let dataPackBytes = packSizeBytes;
  // Every thread fills one pack while others are on their way: on many cores packs get smaller instead.
  const wanted = (bytes: number) => Math.floor(SLOT_MEMORY_BYTES / slotBytesFor(bytes));
  while (mayShrink && dataPackBytes > PACK_BYTES_MIN && wanted(dataPackBytes) < count + 2)
    dataPackBytes /= 2;
  return {
    threads: count,
    dataPackBytes,
    dataSlots: Math.max(count + 2, Math.min(wanted(dataPackBytes), 2 * count)),
    metaPackBytes: META_PACK_BYTES,
    metaSlots: count + 2,
  };
}
