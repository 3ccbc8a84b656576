/**
 * Memory in which sealed bytes gather until they are written.
 * @module
 */
import { PAGE_BYTES, pageAlignedMemory } from '../../../base/page-memory.ts';
import { KiB } from '../../../base/units.ts';
import { SEALED_SEGMENT_BYTES } from './sealing/segments.ts';

/** What is written at once. Whole pages. */
export const BATCH_BYTES = 512 * KiB;

/** A batch and the segment that did not fit into it any more, in whole pages. */
const SLOT_BYTES = BATCH_BYTES + Math.ceil(SEALED_SEGMENT_BYTES / PAGE_BYTES) * PAGE_BYTES;
/** As many writers at once get memory that starts on a page; the others make do without. */
const ALIGNED_SLOTS = 32;

export interface Slot {
  readonly bytes: Buffer;
  /** It starts on a page: its bytes can go past the page cache. */
  readonly isAligned: boolean;
}

export class WriteMemory {
  #free: Slot[] | undefined;

  /** To be given back with `give`. What is in it is anything. */
  take(): Slot {
    this.#free ??= alignedSlots();
    return this.#free.pop() ?? { bytes: Buffer.allocUnsafeSlow(SLOT_BYTES), isAligned: false };
  }

  give(slot: Slot): void {
    if (slot.isAligned) this.#free?.push(slot);
  }
}

function alignedSlots(): Slot[] {
  const memory = pageAlignedMemory(ALIGNED_SLOTS * SLOT_BYTES);
  return Array.from({ length: ALIGNED_SLOTS }, (_, i) => {
    return { bytes: Buffer.from(memory, i * SLOT_BYTES, SLOT_BYTES), isAligned: true };
  });
}
