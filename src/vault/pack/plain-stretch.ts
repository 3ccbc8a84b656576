/**
 * Opens consecutive segments of a pack in their own memory: plaintext comes to lie in front of what is still
 * sealed, without the bytes in between, so that a chunk that spans segments is one view.
 * @module
 */
import { AppError, isDamage } from '../../base/failure.ts';
import type { ObjectOpener } from '../../crypto/sealed/open.ts';
import { SEGMENT_OVERHEAD_BYTES } from '../../crypto/sealed/sizes.ts';

export class PlainStretch {
  readonly #opener: ObjectOpener;
  readonly #first: number;
  readonly #memory: Uint8Array;
  readonly #end: number;
  /** All segments before this one were opened, are damaged, or were passed over. */
  #next: number;
  /** Why segments cannot be had. */
  readonly #lost = new Map<number, AppError>();

  /**
   * @param firstSegment the number of the first segment in `sealed`
   * @param sealed whole consecutive segments; overwritten, and lent to the callers of `read`
   */
  constructor(opener: ObjectOpener, firstSegment: number, sealed: Uint8Array) {
    this.#opener = opener;
    this.#first = firstSegment;
    this.#memory = sealed;
    const stride = opener.header.segmentBytes + SEGMENT_OVERHEAD_BYTES;
    this.#end = Math.min(opener.segments, firstSegment + Math.ceil(sealed.length / stride));
    this.#next = firstSegment;
  }

  /**
   * The plaintext `[from, from + length)` of the pack: a view that stays as it is. Segments are opened when they
   * are first needed, and those that are passed over then cannot be had any more.
   * @throws AppError `object/…`, each time something is wanted of a segment that did not open
   */
  read(from: number, length: number): Uint8Array {
    const { segmentBytes } = this.#opener.header;
    const first = Math.floor(from / segmentBytes);
    const last = Math.max(first, Math.ceil((from + length) / segmentBytes) - 1);
    if (first < this.#first || last >= this.#end) throw endsEarly();
    for (; this.#next < first; this.#next++) this.#lost.set(this.#next, endsEarly());
    this.#openTo(last);
    for (let i = first; i <= last; i++) {
      const why = this.#lost.get(i);
      if (why) throw why;
    }
    const at = from - this.#first * segmentBytes;
    if (from + length > this.#opener.plainBytes) throw endsEarly();
    return this.#memory.subarray(at, at + length);
  }

  /** Why one of the segments so far cannot be had, where one cannot. */
  get loss(): AppError | undefined {
    return this.#lost.values().next().value;
  }

  /** Opens all that was not passed over, so that it can be read in any order. */
  openAll(): void {
    this.#openTo(this.#end - 1);
  }

  #openTo(last: number): void {
    const { segmentBytes } = this.#opener.header;
    const stride = segmentBytes + SEGMENT_OVERHEAD_BYTES;
    for (; this.#next <= last; this.#next++) {
      const n = this.#next - this.#first;
      const sealed = this.#memory.subarray(n * stride, (n + 1) * stride);
      try {
        this.#opener.openSegmentInto(this.#next, sealed, this.#memory, n * segmentBytes);
      } catch (error) {
        if (!isDamage(error)) throw error;
        this.#lost.set(this.#next, error);
      }
    }
  }
}

function endsEarly(): AppError {
  return new AppError('object/truncated', 'a pack ends before the chunk that should be in it');
}
