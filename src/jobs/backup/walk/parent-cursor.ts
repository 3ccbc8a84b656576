/**
 * The parent's manifest, read alongside the walk: both are in path order, so one pass joins them.
 * @module
 */
import { compareBytes } from '../../../base/bytes.ts';
import { isSameVersion } from '../../../files/read/file-version.ts';
import type { Entry, PathKey } from '../../../format/entry.ts';
import { EntryType } from '../../../format/entry.ts';
import { decodeEntries } from '../../../format/manifest-node.ts';

export class ParentCursor {
  readonly #nextNode: () => Uint8Array | undefined;
  #entries: Generator<Entry> | undefined;
  #current: Entry | undefined;
  #isDone = false;

  /** @param nextNode gives the next level-0 node, or `undefined` after the last */
  constructor(nextNode: () => Uint8Array | undefined) {
    this.#nextNode = nextNode;
  }

  /** The parent's entry at exactly that path. Paths must be asked for in order. */
  at(path: PathKey): Entry | undefined {
    for (;;) {
      this.#current ??= this.#advance();
      if (!this.#current) return undefined;
      const order = compareBytes(this.#current.path, path);
      if (order === 0) return this.#current;
      if (order > 0) return undefined;
      this.#current = undefined;
    }
  }

  #advance(): Entry | undefined {
    while (!this.#isDone) {
      const next = this.#entries?.next();
      if (next && next.done !== true) return next.value;
      const node = this.#nextNode();
      if (node) this.#entries = decodeEntries(node);
      else this.#isDone = true;
    }
    return undefined;
  }
}

/** True where a file is as the parent saw it, so that its content need not be read. */
export function isUnchanged(now: Entry, before: Entry): boolean {
  const isSameFile = before.type === EntryType.file && now.inode === before.inode;
  return isSameFile && isSameVersion(now, before);
}
