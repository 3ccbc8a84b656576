/**
 * What was promised to whom: snapshots that were reported as saved, and that nobody has begun to forget.
 * @module
 */
import type { Tree } from '../work/tree.ts';

export interface Acknowledged {
  readonly id: string;
  readonly tree: Tree;
  /** Ids (hex) of all chunks that it needs. */
  readonly needs: ReadonlySet<string>;
  /** It has to be there. */
  isPromised: boolean;
}

/** How often somebody began to forget a snapshot, and how many of them may still be about to. */
export interface Releases {
  readonly begun: number;
  readonly open: number;
}

export class Ledger {
  readonly #all = new Map<string, Acknowledged>();
  /** Also of snapshots that were not reported yet. */
  readonly #releases = new Map<string, Releases>();
  /** Something was promised since this was last set to false. */
  isChanged = false;

  acknowledge(id: string, tree: Tree, needs: ReadonlySet<string>): void {
    const known = this.#all.get(id);
    const isPromised = known?.isPromised ?? !this.#releases.has(id);
    this.#all.set(id, { id, tree, needs, isPromised });
    this.isChanged = true;
  }

  /** Somebody begins to forget it: from now on nothing is promised. */
  release(id: string): void {
    const { begun, open } = this.releasesOf(id);
    this.#releases.set(id, { begun: begun + 1, open: open + 1 });
    const one = this.#all.get(id);
    if (one) one.isPromised = false;
  }

  /** Whoever began to forget it is done. One that failed, or crashed, may be done later. */
  settle(id: string): void {
    const { begun, open } = this.releasesOf(id);
    this.#releases.set(id, { begun, open: open - 1 });
  }

  releasesOf(id: string): Releases {
    return this.#releases.get(id) ?? { begun: 0, open: 0 };
  }

  /** It was taken back. @param begun what `releasesOf` said when that began, when none was open */
  restore(id: string, { begun, open }: Releases): void {
    const one = this.#all.get(id);
    if (!one || open > 0 || this.releasesOf(id).begun !== begun) return;
    one.isPromised = true;
    this.isChanged = true;
  }

  find(id: string): Acknowledged | undefined {
    return this.#all.get(id);
  }

  get promised(): Acknowledged[] {
    return [...this.#all.values()].filter(({ isPromised }) => isPromised);
  }

  get released(): Acknowledged[] {
    return [...this.#all.values()].filter(({ isPromised }) => !isPromised);
  }
}
