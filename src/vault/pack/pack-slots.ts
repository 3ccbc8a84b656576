/**
 * Slots for packs in shared memory: a worker thread fills one, the main thread sends it and frees it.
 * Free slots are the backpressure (a worker sleeps until there is one) and the memory bound.
 * @module
 */
import { assert } from '../../base/failure.ts';
import { pageAlignedMemory } from '../../base/page-memory.ts';

const FREE = 0;
const TAKEN = 1;
/** The cell that counts releases, for sleeping workers; the slots' states follow it. */
const RELEASES = 0;
const FIRST_STATE = 1;

/** What a thread needs to attach. */
export interface PackSlotsShared {
  readonly memory: SharedArrayBuffer;
  readonly states: SharedArrayBuffer;
  readonly slotBytes: number;
}

export class PackSlots {
  readonly shared: PackSlotsShared;
  readonly #states: Int32Array;

  private constructor(shared: PackSlotsShared) {
    this.shared = shared;
    this.#states = new Int32Array(shared.states);
  }

  static create(count: number, slotBytes: number): PackSlots {
    return new PackSlots({
      memory: pageAlignedMemory(count * slotBytes),
      states: new SharedArrayBuffer((FIRST_STATE + count) * 4),
      slotBytes,
    });
  }

  static attach(shared: PackSlotsShared): PackSlots {
    return new PackSlots(shared);
  }

  /** Takes a slot, sleeping until one is free. Only for worker threads. */
  acquire(): number {
    for (;;) {
      const releases = Atomics.load(this.#states, RELEASES);
      for (let i = FIRST_STATE; i < this.#states.length; i++) {
        if (Atomics.compareExchange(this.#states, i, FREE, TAKEN) === FREE) return i - FIRST_STATE;
      }
      Atomics.wait(this.#states, RELEASES, releases);
    }
  }

  /** Whether `acquire` would not sleep: for a thread that must not. */
  get hasFree(): boolean {
    return this.#states.indexOf(FREE, FIRST_STATE) >= 0;
  }

  release(slot: number): void {
    const was = Atomics.exchange(this.#states, FIRST_STATE + slot, FREE);
    assert(was === TAKEN, 'a slot is released once');
    Atomics.add(this.#states, RELEASES, 1);
    Atomics.notify(this.#states, RELEASES);
  }

  /** A view of the slot's memory. */
  bytes(slot: number): Uint8Array {
    const { memory, slotBytes } = this.shared;
    return new Uint8Array(memory, slot * slotBytes, slotBytes);
  }
}
