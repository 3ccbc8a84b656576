/**
 * The arithmetic of sealed objects: segment sizes, lengths both ways, and which segments cover a range.
 *
 * An object is 96 bytes of header and `floor(plain / segment) + 1` segments, each 28 bytes longer than what
 * it holds. All but the last hold exactly the segment size, and the last always holds less, maybe nothing:
 * so a length tells where the end is, and an object cut between two segments has an impossible length.
 * @module
 */
import { AppError, assert } from '../../base/failure.ts';
import { GiB, KiB, MiB } from '../../base/units.ts';

const HEADER_BYTES = 96;
/** nonce (12) and tag (16) around each segment's ciphertext */
export const SEGMENT_OVERHEAD_BYTES = 28;

/** The four that readers accept. */
export const SEGMENT_SIZES_BYTES: readonly number[] = [256 * KiB, MiB, 5 * MiB, 16 * MiB];

export function isSegmentBytes(bytes: number): boolean {
  return SEGMENT_SIZES_BYTES.includes(bytes);
}

/**
 * The segment size for a plaintext of that length: 256 KiB below 10 MiB, 1 MiB below 100 MiB, 5 MiB below
 * 1 GiB, then 16 MiB; 1 MiB where the length is not known in advance.
 */
export function segmentBytesFor(plainBytes: number | undefined): number {
  if (plainBytes === undefined) return MiB;
  if (plainBytes < 10 * MiB) return 256 * KiB;
  if (plainBytes < 100 * MiB) return MiB;
  return plainBytes < GiB ? 5 * MiB : 16 * MiB;
}

/** How many segments hold `plainBytes`; at least one. */
export function segmentCount(plainBytes: number, segmentBytes: number): number {
  checkLength(plainBytes);
  return Math.floor(plainBytes / segmentBytes) + 1;
}

/** The length of the sealed object that holds `plainBytes`. */
export function sealedBytes(plainBytes: number, segmentBytes: number): number {
  const segments = segmentCount(plainBytes, segmentBytes);
  return HEADER_BYTES + plainBytes + segments * SEGMENT_OVERHEAD_BYTES;
}

/**
 * The length of what a sealed object of that length holds.
 * @throws AppError `object/truncated` where no object has that length
 */
export function plainBytesOf(sealedTotal: number, segmentBytes: number): number {
  checkLength(sealedTotal);
  const body = sealedTotal - HEADER_BYTES;
  const full = Math.floor(body / (segmentBytes + SEGMENT_OVERHEAD_BYTES));
  const lastBytes = body - full * (segmentBytes + SEGMENT_OVERHEAD_BYTES);
  if (body < 0 || lastBytes < SEGMENT_OVERHEAD_BYTES) {
    throw new AppError('object/truncated', `no whole object is ${sealedTotal} bytes long`, {
      detail: { sealedBytes: sealedTotal },
    });
  }
  return full * segmentBytes + lastBytes - SEGMENT_OVERHEAD_BYTES;
}

/** Whole consecutive segments, as a byte range of the sealed object. */
export interface SegmentSpan {
  readonly firstSegment: number;
  readonly lastSegment: number;
  readonly offset: number;
  readonly length: number;
}

/**
 * The whole segments that cover the plaintext `[from, to)`; for an empty range, the segment `from` is in.
 * @param sealedTotal the length of the whole sealed object
 * @throws AppError `object/truncated` where no object has that length, or it ends before `to`
 */
export function segmentSpan(
  range: { readonly from: number; readonly to: number },
  segmentBytes: number,
  sealedTotal: number,
): SegmentSpan {
  const { from, to } = range;
  assert(Number.isSafeInteger(from) && from >= 0 && from <= to, 'not a range');
  const plainBytes = plainBytesOf(sealedTotal, segmentBytes);
  if (to > plainBytes) {
    throw new AppError('object/truncated', `an object ends at ${plainBytes}, before ${to}`);
  }
  const firstSegment = Math.floor(from / segmentBytes);
  const lastSegment = Math.max(firstSegment, Math.ceil(to / segmentBytes) - 1);
  const stride = segmentBytes + SEGMENT_OVERHEAD_BYTES;
  const offset = HEADER_BYTES + firstSegment * stride;
  const end = Math.min(sealedTotal, HEADER_BYTES + (lastSegment + 1) * stride);
  return { firstSegment, lastSegment, offset, length: end - offset };
}

function checkLength(bytes: number): void {
  assert(Number.isSafeInteger(bytes) && bytes >= 0, 'not a length in bytes');
}
