/**
 * Reads the plaintext behind a stretch of a pack's segments, front to back, opening each segment
 * once.
 * @module
 */
import { AppError } from '../../../base/failure.ts';
import type { ObjectOpener } from '../../../crypto/sealed/open.ts';
import { SEGMENT_OVERHEAD_BYTES } from '../../../crypto/sealed/sizes.ts';
import { CHUNK_BYTES_MAX } from '../../../format/compress.ts';

/** One a thread, used again and again: segments are opened one behind the other, so that chunks are whole. */
let memory = Buffer.alloc(0);

export class SegmentCursor {
  readonly #opener: ObjectOpener;
  readonly #firstSegment: number;
  readonly #sealed: Uint8Array;
  /** Plaintext `[start, end)` of the pack lies at the front of the memory. */
  #start = 0;
  #end = 0;
  #next = 0;

  /** @param sealed whole consecutive segments from number `firstSegment` on; borrowed */
  constructor(opener: ObjectOpener, firstSegment: number, sealed: Uint8Array) {
    this.#opener = opener;
    this.#firstSegment = firstSegment;
    this.#sealed = sealed;
  }

  /**
   * The plaintext `[from, from + length)` of the pack, valid until the next call.
   * @throws AppError `object/…`
   */
  read(from: number, length: number): Uint8Array {
    const { segmentBytes } = this.#opener.header;
    if (length > CHUNK_BYTES_MAX + segmentBytes)
      throw new AppError('chunk/mismatch', 'a chunk is damaged: it claims to be too long');
    if (from < this.#start || from >= this.#end) this.#jump(Math.floor(from / segmentBytes));
    while (this.#end < from + length) this.#openNext(from, length);
    return memory.subarray(from - this.#start, from - this.#start + length);
  }

  #jump(segment: number): void {
    this.#next = segment;
    this.#start = segment * this.#opener.header.segmentBytes;
    this.#end = this.#start;
  }

  /** @param from what lies before it is not needed any more */
  #openNext(from: number, length: number): void {
    const { segmentBytes } = this.#opener.header;
    const stride = segmentBytes + SEGMENT_OVERHEAD_BYTES;
    const at = (this.#next - this.#firstSegment) * stride;
    const sealed = this.#sealed.subarray(at, Math.min(at + stride, this.#sealed.length));
    if (at < 0 || sealed.length === 0) throw endsEarly();
    if (memory.length < this.#end - this.#start + segmentBytes) this.#makeRoom(from, length);
    try {
      const opened = this.#opener.openSegmentInto(
        this.#next,
        sealed,
        memory,
        this.#end - this.#start,
      );
      if (opened === 0) throw endsEarly();
      this.#end += opened;
      this.#next++;
    } catch (error) {
      // What comes behind a damaged segment starts anew.
      this.#jump(this.#next);
      throw error;
    }
  }

  #makeRoom(from: number, length: number): void {
    const { segmentBytes } = this.#opener.header;
    const drop = Math.min(Math.max(0, from - this.#start), this.#end - this.#start);
    const kept = memory.subarray(drop, this.#end - this.#start);
    // Room for the usual chunk, which begins and ends somewhere in a segment.
    const wanted = Math.max(length, 2 * segmentBytes) + 2 * segmentBytes;
    if (memory.length >= wanted) memory.copyWithin(0, drop, this.#end - this.#start);
    else memory = Buffer.concat([kept], wanted);
    this.#start += drop;
  }
}

function endsEarly(): AppError {
  return new AppError('object/truncated', 'a pack ends before the chunk that should be in it');
}
