/**
 * How the walk thread and the main thread wait for each other: three numbers in shared memory.
 * @module
 */

const UNDER_WAY = 0;
const DELIVERED = 1;
const ANSWER = 2;
const CELLS = 3;

const NO_ANSWER = 0;
const YES = 1;
const NO = 2;

/** Batches that may be under way at once: bounds the memory for what is walked but not yet saved. */
export const BATCHES_AHEAD = 24;

export class WalkControl {
  readonly shared: SharedArrayBuffer;
  readonly #cells: Int32Array;
  #taken = 0;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(CELLS * 4)) {
    this.shared = shared;
    this.#cells = new Int32Array(shared);
  }

  /** Walk thread: sleeps until one more batch may be under way, and counts it. */
  waitForRoom(): void {
    for (;;) {
      const underWay = Atomics.load(this.#cells, UNDER_WAY);
      if (underWay < BATCHES_AHEAD) break;
      Atomics.wait(this.#cells, UNDER_WAY, underWay);
    }
    Atomics.add(this.#cells, UNDER_WAY, 1);
  }

  /** Main thread: a batch is saved. */
  batchDone(): void {
    Atomics.sub(this.#cells, UNDER_WAY, 1);
    Atomics.notify(this.#cells, UNDER_WAY);
  }

  /** Walk thread: asks for one parent node and sleeps until one more has been posted. */
  waitForParent(ask: () => void): void {
    ask();
    while (Atomics.load(this.#cells, DELIVERED) <= this.#taken) {
      Atomics.wait(this.#cells, DELIVERED, this.#taken);
    }
    this.#taken++;
  }

  /** Walk thread: asks a question that has a yes or no for an answer, and sleeps until it comes. */
  waitForAnswer(ask: () => void): boolean {
    Atomics.store(this.#cells, ANSWER, NO_ANSWER);
    ask();
    for (;;) {
      const answer = Atomics.load(this.#cells, ANSWER);
      if (answer !== NO_ANSWER) return answer === YES;
      Atomics.wait(this.#cells, ANSWER, NO_ANSWER);
    }
  }

  /** Main thread: answers. */
  answer(isYes: boolean): void {
    Atomics.store(this.#cells, ANSWER, isYes ? YES : NO);
    Atomics.notify(this.#cells, ANSWER);
  }

  /** Main thread: a parent node (or the end) was posted. */
  parentPosted(): void {
    Atomics.add(this.#cells, DELIVERED, 1);
    Atomics.notify(this.#cells, DELIVERED);
  }
}
