/**
 * Which snapshot that was copied before tells most about one that is to be copied: the one before it of the same host
 * and folders, or else the one after it.
 * @module
 */
import { compareBytes, toHex } from '../../base/bytes.ts';
import type { SavedSnapshot } from '../../vault/snapshots.ts';
import type { CopyPair, KnownCopies } from './known-copies.ts';

export class Evidence {
  readonly #copies: KnownCopies;
  readonly #groups = new Map<string, SavedSnapshot[]>();

  /** @param snapshots of the vault that is copied from, oldest first */
  constructor(snapshots: readonly SavedSnapshot[], copies: KnownCopies) {
    this.#copies = copies;
    for (const saved of snapshots) {
      const name = groupOf(saved);
      const group = this.#groups.get(name);
      if (group) group.push(saved);
      else this.#groups.set(name, [saved]);
    }
  }

  /** With what has been copied by now. */
  find(wanted: SavedSnapshot): CopyPair | undefined {
    const group = this.#groups.get(groupOf(wanted)) ?? [];
    const at = group.findIndex(({ id }) => id === wanted.id);
    for (let i = at - 1; i >= 0; i--) {
      const pair = this.#exact(group[i]);
      if (pair) return pair;
    }
    for (let i = at + 1; i < group.length; i++) {
      const pair = this.#exact(group[i]);
      if (pair) return pair;
    }
    return undefined;
  }

  #exact(saved: SavedSnapshot | undefined): CopyPair | undefined {
    const pair = saved && this.#copies.find(saved);
    return pair?.isExact ? pair : undefined;
  }
}

function groupOf({ snapshot: { host, roots } }: SavedSnapshot): string {
  return [host, ...[...roots].sort(compareBytes).map(toHex)].join('\0');
}
