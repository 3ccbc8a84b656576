/**
 * The first that is fetched of a pack of which only its place in the index is known: its header, and with it,
 * or at the same time, the segments that are wanted.
 * @module
 */
import { MiB } from '../../base/units.ts';
import { HEADER_BYTES } from '../../crypto/sealed/header.ts';
import { SEGMENT_OVERHEAD_BYTES } from '../../crypto/sealed/sizes.ts';
import type { ByteRange } from '../../store/port.ts';

/** Of packs, whose length is not known when their first segment is sealed. Only a guess: the header tells. */
export const PACK_SEGMENT_BYTES = MiB;
const STRIDE = PACK_SEGMENT_BYTES + SEGMENT_OVERHEAD_BYTES;

/** Packs up to here are fetched whole. */
const SMALL_PACK_BYTES = 2 * MiB + 4096;
/** Up to so many segments that nobody wants are cheaper read than a request of its own for the header … */
const SKIPPED_SEGMENTS = 1;
/** … and more, up to this share of all that comes. */
export const SKIPPED_SHARE = 1 / 4;

/** Bytes of a pack's plaintext. */
export interface PlainRange {
  readonly from: number;
  readonly to: number;
}

/** What to ask for. */
export interface StartPlan extends ByteRange {
  /** The header comes with it: it begins at the front of the pack. */
  readonly isNear: boolean;
  /** The first segment that comes. */
  readonly firstSegment: number;
}

/** @param sealedBytes the length of the sealed pack, as the index knows it */
export function planStart({ from, to }: PlainRange, sealedBytes: number): StartPlan {
  const firstSegment = Math.floor(from / PACK_SEGMENT_BYTES);
  const segments = Math.max(firstSegment + 1, Math.ceil(to / PACK_SEGMENT_BYTES));
  const isSmall = sealedBytes <= SMALL_PACK_BYTES;
  const end = isSmall ? sealedBytes : Math.min(sealedBytes, HEADER_BYTES + segments * STRIDE);
  const offset = HEADER_BYTES + firstSegment * STRIDE;
  const isNear =
    firstSegment <= SKIPPED_SEGMENTS || firstSegment <= segments * SKIPPED_SHARE || isSmall;
  if (isNear) return { isNear, firstSegment: 0, offset: 0, length: end };
  return { isNear, firstSegment, offset, length: Math.max(0, end - offset) };
}

export interface PackStart {
  /** The first 96 bytes of the pack, or fewer where it has no more; in the memory of what was fetched. */
  readonly header: Uint8Array;
  /** Segments from `firstSegment` on, back to back, if they are as long as was guessed. */
  readonly sealed: Uint8Array;
}

/**
 * Asks for what is planned: once, or twice at the same time.
 * @throws what `get` throws
 */
export async function fetchStart(
  plan: StartPlan,
  get: (range: ByteRange) => Promise<Uint8Array>,
): Promise<PackStart> {
  const { isNear, offset, length } = plan;
  if (isNear) {
    const bytes = await get({ offset, length });
    return { header: bytes.subarray(0, HEADER_BYTES), sealed: bytes.subarray(HEADER_BYTES) };
  }
  const [header, sealed] = await Promise.all([
    get({ offset: 0, length: HEADER_BYTES }),
    length > 0 ? get({ offset, length }) : new Uint8Array(0),
  ]);
  return { header, sealed };
}
