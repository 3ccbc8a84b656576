/**
 * Where chunks end: at candidates whose value is the lowest far and wide.
 *
 * A candidate `p` of a file of `n` bytes is a *boundary* iff min ≤ p ≤ n - min, every candidate in
 * (p - min, p) has a higher value, and none in (p, p + min) has a lower one. So boundaries are at
 * least `min` apart, 2·min apart on average, seldom more than 4·min; each depends on the bytes within
 * min + 65 of it and on nothing else, and appending to a file moves none. Those for a larger `min`
 * are a subset of those for a smaller one.
 * Source: Bjørner, Blass, Gurevich, "Content-Dependent Chunking for Differential Compression, the
 * Local Maximum Approach" (2007).
 * @module
 */

/** Takes candidates in ascending order and tells the boundaries among them. */
export class BoundaryFinder {
  readonly #minBytes: number;
  // Candidates that may still be the lowest of some window: values rise strictly from head to tail.
  #positions = new Float64Array(64);
  #values = new Uint32Array(64);
  #head = 0;
  #tail = 0;
  #pending = -1;

  constructor(minBytes: number) {
    this.#minBytes = minBytes;
  }

  /** A candidate lower than all within `min` before it, not yet judged by those after it; or -1. */
  get pending(): number {
    return this.#pending;
  }

  /** The next candidate. Whatever `take(position)` tells must have been taken. */
  add(position: number, value: number): void {
    while (this.#head < this.#tail && this.#positionAt(this.#head) <= position - this.#minBytes) {
      this.#head++;
    }
    const lowest = this.#head === this.#tail ? Infinity : this.#valueAt(this.#head);
    if (value < lowest && position >= this.#minBytes) this.#pending = position;
    while (this.#head < this.#tail && this.#valueAt(this.#tail - 1) >= value) this.#tail--;
    this.#push(position, value);
  }

  /** The next boundary (or -1), once the file is known to hold `frontier` bytes, all scanned. */
  take(frontier: number): number {
    const boundary = this.#pending;
    if (boundary < 0 || frontier < boundary + this.#minBytes) return -1;
    this.#pending = -1;
    return boundary;
  }

  #positionAt(i: number): number {
    return this.#positions[i] ?? 0;
  }

  #valueAt(i: number): number {
    return this.#values[i] ?? 0;
  }

  #push(position: number, value: number): void {
    if (this.#tail === this.#positions.length) this.#makeRoom();
    this.#positions[this.#tail] = position;
    this.#values[this.#tail] = value;
    this.#tail++;
  }

  #makeRoom(): void {
    const length = this.#tail - this.#head;
    const capacity = Math.max(64, 2 * length);
    const positions = new Float64Array(capacity);
    const values = new Uint32Array(capacity);
    positions.set(this.#positions.subarray(this.#head, this.#tail));
    values.set(this.#values.subarray(this.#head, this.#tail));
    this.#positions = positions;
    this.#values = values;
    this.#head = 0;
    this.#tail = length;
  }
}
