/**
 * Memory that extents are read into, opened in, and sent from: used again and again, as fresh memory costs more than
 * what is done in it.
 * @module
 */
import { releaseBytes } from '../../../base/release-bytes.ts';

/** So many are kept for the next readers. */
const KEPT_MAX = 32;

export class ReadMemory {
  readonly #slotBytes: number;
  readonly #free: ArrayBuffer[] = [];
  /** What is never given back goes to the garbage collector. */
  readonly #lent = new WeakSet<ArrayBufferLike>();

  /** @param slotBytes what is mostly asked for at once, and never more */
  constructor(slotBytes: number) {
    this.#slotBytes = slotBytes;
  }

  /** What is in it is anything: somebody else's plain text, too. */
  take(sizeBytes: number): Buffer<ArrayBuffer> {
    const memory = this.#free.pop() ?? Buffer.allocUnsafeSlow(sizeBytes).buffer;
    this.#lent.add(memory);
    return Buffer.from(memory, 0, sizeBytes);
  }

  /**
   * @param bytes what was taken, or a piece of it; nobody may look at any of it from now on
   * @returns whether it was lent here
   */
  give(bytes: Buffer): boolean {
    const memory = bytes.buffer;
    if (!(memory instanceof ArrayBuffer) || !this.#lent.delete(memory)) return false;
    const isKept = memory.byteLength === this.#slotBytes && this.#free.length < KEPT_MAX;
    if (isKept) this.#free.push(memory);
    else releaseBytes(new Uint8Array(memory));
    return true;
  }
}
