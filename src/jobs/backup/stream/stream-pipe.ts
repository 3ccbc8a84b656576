/**
 * A pipe in shared memory from the main thread (asynchronous) to a compute thread (which sleeps until there
 * is something): how a stream is backed up.
 * @module
 */

const USED = 0;
const CLOSED = 1;
const CONTROL_BYTES = 8;

export function createPipe(capacityBytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(CONTROL_BYTES + capacityBytes);
}

/** The main thread's end. */
export class PipeWriter {
  readonly #control: Int32Array;
  readonly #ring: Uint8Array;
  #at = 0;

  constructor(pipe: SharedArrayBuffer) {
    this.#control = new Int32Array(pipe, 0, 2);
    this.#ring = new Uint8Array(pipe, CONTROL_BYTES);
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length;) {
      const used = Atomics.load(this.#control, USED);
      const free = this.#ring.length - used;
      if (free === 0) {
        const waiting = Atomics.waitAsync(this.#control, USED, used);
        if (waiting.async) await waiting.value;
        continue;
      }
      const length = Math.min(bytes.length - from, free, this.#ring.length - this.#at);
      this.#ring.set(bytes.subarray(from, from + length), this.#at);
      this.#at = (this.#at + length) % this.#ring.length;
      from += length;
      Atomics.add(this.#control, USED, length);
      Atomics.notify(this.#control, USED);
    }
  }

  /** Marks the end of the stream. */
  close(): void {
    Atomics.store(this.#control, CLOSED, 1);
    Atomics.notify(this.#control, USED);
  }
}

/** The compute thread's end. */
export class PipeReader {
  readonly #control: Int32Array;
  readonly #ring: Uint8Array;
  #at = 0;

  constructor(pipe: SharedArrayBuffer) {
    this.#control = new Int32Array(pipe, 0, 2);
    this.#ring = new Uint8Array(pipe, CONTROL_BYTES);
  }

  /** Reads what there is, sleeping until there is something. @returns 0 at the end of the stream */
  read(target: Uint8Array): number {
    for (;;) {
      const used = Atomics.load(this.#control, USED);
      if (used > 0) return this.#take(target, used);
      if (Atomics.load(this.#control, CLOSED) === 1 && Atomics.load(this.#control, USED) === 0) {
        return 0;
      }
      // A short sleep as a second belt: closing does not change the cell we sleep on.
      Atomics.wait(this.#control, USED, 0, 50);
    }
  }

  #take(target: Uint8Array, used: number): number {
    const length = Math.min(target.length, used, this.#ring.length - this.#at);
    target.set(this.#ring.subarray(this.#at, this.#at + length));
    this.#at = (this.#at + length) % this.#ring.length;
    Atomics.sub(this.#control, USED, length);
    Atomics.notify(this.#control, USED);
    return length;
  }
}
