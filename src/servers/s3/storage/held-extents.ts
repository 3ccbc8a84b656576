/**
 * Extents that somebody is reading: their object may be overwritten meanwhile, and is read to its end all the same.
 * @module
 */
import type { ExtentIndex } from '../catalog/extent-index.ts';
import type { Extent } from '../model/object-version.ts';

interface Held {
  holders: number;
  /** Of a small one: the catalog forgets it with its object. */
  readonly inline: Buffer | undefined;
}

export class HeldExtents {
  readonly #index: ExtentIndex;
  readonly #held = new Map<string, Held>();

  constructor(index: ExtentIndex) {
    this.#index = index;
  }

  /** @returns to be disposed of once they were read */
  hold(extents: readonly Extent[]): Disposable {
    for (const extent of extents) this.#add(extent);
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
    return this.#held.has(id);
  }

  inlineBytes(id: string): Buffer | undefined {
    return this.#held.get(id)?.inline;
  }

  #add({ id, isInline }: Extent): void {
    const held = this.#held.get(id);
    if (held !== undefined) held.holders++;
    else
      this.#held.set(id, {
        holders: 1,
        inline: isInline ? this.#index.inlineBytes(id) : undefined,
      });
  }

  #release(id: string): void {
    const held = this.#held.get(id);
    if (held === undefined) return;
    held.holders--;
    if (held.holders === 0) this.#held.delete(id);
  }
}
