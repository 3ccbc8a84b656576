/**
 * Reads the plaintext behind a stretch of a pack's segments, front to back, opening each segment
 * once.
 * @module
 */
import { AppError } from '../../../base/failure.ts';
import type { ObjectOpener } from '../../../crypto/sealed/open.ts';
import { SEGMENT_OVERHEAD_BYTES } from '../../../crypto/sealed/sizes.ts';
import { CHUNK_BYTES_MAX, releaseBytes } from '../../../format/compress.ts';

/** One a thread: chunks that lie in several segments are put together here. */
let scratch = new Uint8Array(0);

export class SegmentCursor {
  readonly #opener: ObjectOpener;
  readonly #firstSegment: number;
  readonly #sealed: Uint8Array;
  #current: { index: number; plain: Uint8Array } | undefined;

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
    const first = Math.floor(from / segmentBytes);
    const start = from - first * segmentBytes;
    if (start + length <= segmentBytes) {
      const plain = this.#segment(first);
      if (start + length > plain.length) throw endsEarly();
      return plain.subarray(start, start + length);
    }
    if (scratch.length < length) scratch = new Uint8Array(Math.max(length, 4 * 1024 * 1024));
    let done = 0;
    for (let index = first; done < length; index++) {
      const plain = this.#segment(index);
      const at = index === first ? start : 0;
      const part = plain.subarray(at, Math.min(plain.length, at + length - done));
      if (part.length === 0) throw endsEarly();
      scratch.set(part, done);
      done += part.length;
    }
    return scratch.subarray(0, length);
  }

  close(): void {
    if (this.#current) releaseBytes(this.#current.plain);
    this.#current = undefined;
  }

  #segment(index: number): Uint8Array {
    if (this.#current?.index === index) return this.#current.plain;
    this.close();
    const stride = this.#opener.header.segmentBytes + SEGMENT_OVERHEAD_BYTES;
    const at = (index - this.#firstSegment) * stride;
    const sealed = this.#sealed.subarray(at, Math.min(at + stride, this.#sealed.length));
    if (at < 0 || sealed.length === 0) throw endsEarly();
    const plain = this.#opener.openSegment(index, sealed);
    this.#current = { index, plain };
    return plain;
  }
}

function endsEarly(): AppError {
  return new AppError('object/truncated', 'a pack ends before the chunk that should be in it');
}
