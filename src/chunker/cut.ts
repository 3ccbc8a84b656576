/**
 * Cuts a file, or a region of it, into chunks.
 *
 * Position 0 and the boundaries (`boundary-finder.ts`) begin chunks. Where the next boundary, or the end of
 * the file, is more than `max` after the begin `c` of a chunk, it is ended by force: at the lowest
 * candidate in [c + min, c + max] (the last among equals), or at c + max where there is none; and the
 * next one begins there. The last chunk ends with the file.
 *
 * A region owns the boundaries in it, and each boundary owns the chunks up to the next one. Boundaries
 * depend on the bytes around them only, so any partition of a file gives the same chunks.
 * @module
 */
import { assert } from '../base/failure.ts';
import { BoundaryFinder } from './boundary-finder.ts';
import { FileWindow, pageBefore, type ReadAt } from './file-window.ts';
import type { CutParameters } from './parameters.ts';
import { SCAN_POSITIONS, WINDOW_BYTES, type BoundaryScanner } from './scanner.ts';

export interface Region {
  /** File offset, 0 for the first region. */
  readonly start: number;
  /** File offset of the next region; `Infinity`: to the end of the file. */
  readonly end: number;
  /** The same for all regions of one file. */
  readonly parameters: CutParameters;
}

export interface CutResult {
  /** Where the region's first chunk begins and its last one ends; -1 and -1 where it has none. */
  readonly firstOffset: number;
  readonly endOffset: number;
  /** All that was read, the bytes before `start` and past the last chunk included. */
  readonly bytesRead: number;
  /** The end of the file ended the last chunk, or came before any chunk. */
  readonly reachedEnd: boolean;
}

/** Takes a chunk: a view into the scanner's buffer, valid during the call, and its file offset. */
export type EmitChunk = (chunk: Uint8Array, offset: number) => void;

/**
 * Emits, in order, every chunk that the region owns, reading before and past the region as far as needed.
 * @param scanner its buffer must hold `maxBytes + minBytes` and some read-ahead; used up to the return
 * @param read synchronous; its errors, and those of `emit`, pass through
 */
export function cutRegion(
  scanner: BoundaryScanner,
  read: ReadAt,
  region: Region,
  emit: EmitChunk,
): CutResult {
  const { minBytes, maxBytes } = region.parameters;
  assert(minBytes >= 128 && maxBytes >= 2 * minBytes, 'chunk sizes make sense');
  assert(scanner.buffer.length > maxBytes + minBytes + WINDOW_BYTES, 'the buffer holds a chunk');
  assert(region.start >= 0 && region.start <= region.end, 'a region begins before its end');
  return new RegionCutter(scanner, read, region, emit).run();
}

class RegionCutter {
  readonly #scanner: BoundaryScanner;
  readonly #emit: EmitChunk;
  readonly #region: Region;
  readonly #window: FileWindow;
  readonly #finder: BoundaryFinder;
  readonly #boundaries: number[] = [];
  /** Where the region's present chunk begins; -1 while none has begun. */
  #open = -1;
  /** All candidates up to here are known, from `min` before the region on. */
  #scanned: number;
  #lastCandidate = -1;
  #first = -1;
  #done = false;

  constructor(scanner: BoundaryScanner, read: ReadAt, region: Region, emit: EmitChunk) {
    const { start, end, parameters } = region;
    const from = pageBefore(Math.max(0, start - parameters.minBytes - WINDOW_BYTES + 1));
    this.#scanner = scanner;
    this.#emit = emit;
    this.#region = region;
    this.#window = new FileWindow(scanner.buffer, read, from);
    this.#finder = new BoundaryFinder(parameters.minBytes);
    this.#scanned = from + WINDOW_BYTES - 1;
    if (start === end) this.#done = true;
    else if (start === 0) this.#open = 0;
  }

  run(): CutResult {
    const from = this.#window.start;
    // a file has its first boundary at `min` or later, and `min` before its end
    const enough = from === 0 ? 2 * this.#region.parameters.minBytes : 0;
    let reachedEnd = false;
    while (!this.#done) {
      reachedEnd = !this.#window.fill(this.#keepFrom());
      if (reachedEnd) this.#finish();
      else if (this.#window.end >= enough) this.#scanNew();
    }
    return {
      firstOffset: this.#first,
      endOffset: this.#first < 0 ? -1 : this.#open,
      bytesRead: this.#window.end - from,
      reachedEnd,
    };
  }

  #keepFrom(): number {
    const needed = this.#open >= 0 ? this.#open : this.#finder.pending;
    const scan = this.#scanned + 1 - WINDOW_BYTES;
    return needed >= 0 ? Math.min(needed, scan) : scan;
  }

  #scanNew(): void {
    while (!this.#done && this.#scanned < this.#window.end) {
      const to = Math.min(this.#window.end, this.#scanned + SCAN_POSITIONS);
      this.#findBoundaries(to);
      for (const boundary of this.#boundaries) {
        if (!this.#done) this.#meet(boundary);
      }
      if (!this.#done) this.#advance();
    }
  }

  /** Scans up to `to`, and leaves the boundaries that this settles in `#boundaries`. */
  #findBoundaries(to: number): void {
    const start = this.#window.start;
    const count = this.#scanner.scan(this.#scanned + 1 - start, to - start);
    this.#boundaries.length = 0;
    for (let i = 0; i < count; i++) {
      const position = start + this.#scanner.position(i);
      this.#takeBoundary(position);
      this.#finder.add(position, this.#scanner.value(i));
      this.#lastCandidate = position;
    }
    this.#takeBoundary(to);
    this.#scanned = to;
  }

  #takeBoundary(frontier: number): void {
    const boundary = this.#finder.take(frontier);
    if (boundary >= 0) this.#boundaries.push(boundary);
  }

  #meet(boundary: number): void {
    const { start, end } = this.#region;
    if (boundary < start) return;
    if (this.#open >= 0) this.#emitUpTo(boundary);
    if (boundary >= end) this.#done = true;
    else this.#open = boundary;
  }

  /** What the scan has settled beyond boundaries: chunks that are too long, regions without one. */
  #advance(): void {
    const { start, end, parameters } = this.#region;
    if (this.#open >= 0) {
      const enough = parameters.maxBytes + parameters.minBytes;
      while (this.#scanned >= this.#open + enough) this.#emitForced();
    } else if (this.#scanned >= end - 1) {
      const { pending } = this.#finder;
      if (pending < start || pending >= end) this.#done = true;
    }
  }

  #finish(): void {
    this.#done = true;
    if (this.#open >= 0) this.#emitUpTo(this.#window.end);
  }

  #emitUpTo(end: number): void {
    while (end - this.#open > this.#region.parameters.maxBytes) this.#emitForced();
    this.#emitChunk(end);
  }

  #emitForced(): void {
    const { minBytes, maxBytes } = this.#region.parameters;
    this.#emitChunk(this.#lowestIn(this.#open + minBytes, this.#open + maxBytes));
  }

  #emitChunk(end: number): void {
    if (end === this.#open) return;
    if (this.#first < 0) this.#first = this.#open;
    this.#emit(this.#window.view(this.#open, end), this.#open);
    this.#open = end;
  }

  /** The lowest candidate in [from, to], the last among equals; `to` where there is none. */
  #lowestIn(from: number, to: number): number {
    if (this.#lastCandidate < from) return to;
    const start = this.#window.start;
    let lowest = Infinity;
    let best = to;
    for (let at = from; at <= to; at += SCAN_POSITIONS) {
      const count = this.#scanner.scan(at - start, Math.min(to, at + SCAN_POSITIONS - 1) - start);
      for (let i = 0; i < count; i++) {
        if (this.#scanner.value(i) > lowest) continue;
        lowest = this.#scanner.value(i);
        best = start + this.#scanner.position(i);
      }
    }
    return best;
  }
}
