/**
 * Names that were one file: the first is written, the others become links to it.
 * @module
 */
import type { Entry, PathKey } from '../../../format/entry.ts';
import { EntryType } from '../../../format/entry.ts';

interface Group {
  readonly path: PathKey;
  readonly type: EntryType;
  readonly size: number;
  left: number;
}

/** Remembers a group until all its names have come; what is held are groups that are still open. */
export class LinkGroups {
  readonly #groups = new Map<string, Group>();

  /** The path, relative to the target, of an earlier name of the same file. */
  earlierName(entry: Entry): PathKey | undefined {
    if (entry.links <= 1) return undefined;
    const key = keyOf(entry);
    const group = this.#groups.get(key);
    // Inode numbers are used again when a file is deleted while a backup runs.
    if (!group || group.type !== entry.type || group.size !== entry.size) return undefined;
    group.left--;
    if (group.left <= 0) this.#groups.delete(key);
    return group.path;
  }

  /** `path` is the first name of its group. */
  begin(entry: Entry, path: PathKey): void {
    if (entry.links <= 1 || entry.type === EntryType.directory) return;
    const { type, size, links } = entry;
    // A copy: entries may be views of a whole node.
    const own = Buffer.from(path);
    this.#groups.set(keyOf(entry), { path: own, type, size, left: links - 1 });
  }
}

function keyOf(entry: Entry): string {
  return `${entry.device}:${entry.inode}`;
}
