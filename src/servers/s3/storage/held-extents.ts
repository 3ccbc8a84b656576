/**
 * Extents that somebody is reading: their object may be overwritten meanwhile, and is read to its end all the same.
 * @module
 */
import type { Extent } from '../model/object-version.ts';

export class HeldExtents {
  /** How often each is held. */
  readonly #holders = new Map<string, number>();

  /** @returns to be disposed of once they were read */
  hold(extents: readonly Extent[]): Disposable {
    for (const { id } of extents) this.#holders.set(id, this.#count(id) + 1);
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (!isHeld) return;
        isHeld = false;
        for (const { id } of extents) this.#release(id);
      },
    };
  }

  has(id: string): boolean {
    return this.#holders.has(id);
  }

  #count(id: string): number {
    return this.#holders.get(id) ?? 0;
  }

  #release(id: string): void {
    if (this.#count(id) > 1) this.#holders.set(id, this.#count(id) - 1);
    else this.#holders.delete(id);
  }
}
