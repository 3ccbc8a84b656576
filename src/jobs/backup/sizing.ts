/**
 * How many threads and slots a backup has, so that its memory stays bounded whatever the machine.
 * @module
 */
import { MiB } from '../../base/units.ts';
import { slotBytesFor } from '../../vault/pack/pack-writer.ts';

/** For data packs being filled or sent. */
const SLOT_MEMORY_BYTES = 96 * MiB;
const META_PACK_BYTES = 8 * MiB;
const THREADS_MAX = 8;

export interface Sizing {
  readonly threads: number;
  readonly dataPackBytes: number;
  readonly dataSlots: number;
  readonly metaPackBytes: number;
  readonly metaSlots: number;
}

/**
 * Every thread fills one pack while others are on their way.
 * @param threads wished for; one a core by default
 */
export function sizeBackup(threads: number, packSizeBytes: number): Sizing {
  const count = Math.max(1, Math.min(threads, THREADS_MAX));
  const affordable = Math.floor(SLOT_MEMORY_BYTES / slotBytesFor(packSizeBytes));
  return {
    threads: count,
    dataPackBytes: packSizeBytes,
    dataSlots: Math.max(count + 2, Math.min(affordable, 2 * count)),
    metaPackBytes: META_PACK_BYTES,
    metaSlots: count + 2,
  };
}
