/**
 * Entries that outlive the node they were read from.
 * @module
 */
import type { Entry } from '../../format/entry.ts';

/** A copy in memory of its own: an entry's bytes are views into a whole node, or a slice of a pool. */
export function ownEntry(entry: Entry): Entry {
  return {
    ...entry,
    path: new Uint8Array(entry.path),
    target: copyOf(entry.target),
    content: copyOf(entry.content),
    xattrs: entry.xattrs.map(({ name, value }) => {
      return { name: new Uint8Array(name), value: new Uint8Array(value) };
    }),
  };
}

/** Most are empty: one empty array serves for all. */
const NOTHING = new Uint8Array(0);

function copyOf(bytes: Uint8Array): Uint8Array {
  return bytes.length === 0 ? NOTHING : new Uint8Array(bytes);
}
