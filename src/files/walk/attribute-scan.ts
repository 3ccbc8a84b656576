/**
 * Reading extended attributes during a walk, at the cost of one system call where there are none.
 * @module
 */
import { closeSync } from 'node:fs';
import { messageOf } from '../../base/failure.ts';
import { MiB, formatBytes } from '../../base/units.ts';
import { EntryType, type Entry } from '../../format/entry.ts';
import { canHoldFolders, holdFolder } from '../read/deep-path.ts';
import { appendName, type FolderPlace } from './folder-frame.ts';
import type { XattrReader } from './read-xattrs.ts';
import type { ScanProblem } from './walk-item.ts';

/** More than any Linux file system gives one file in practice; macOS resource forks can be larger. */
const ATTRIBUTES_BYTES_MAX = MiB;

export class AttributeScan {
  readonly #reader: XattrReader;
  #saidNames = false;

  constructor(reader: XattrReader) {
    this.#reader = reader;
  }

  /**
   * Fills `entry.xattrs` of the path `name` in `place`, or returns why it can't.
   * @param text the whole path (`textPath`)
   */
  addTo(
    entry: Entry,
    place: FolderPlace,
    name: string,
    text: string | undefined,
  ): ScanProblem | undefined {
    try {
      if (text !== undefined) {
        entry.xattrs = this.#reader.read(text);
        if (entry.xattrs.length === 0) return undefined;
      } else if (entry.type === EntryType.directory && canHoldFolders) {
        entry.xattrs = this.#readHeld(appendName(place.accessPrefix, name));
      } else {
        return this.#nameProblem(entry);
      }
      return dropTooLarge(entry);
    } catch (error) {
      return attributeProblem(entry, messageOf(error));
    }
  }

  /** A folder whose name is not UTF-8 is reached through an open file descriptor. */
  #readHeld(path: Buffer): Entry['xattrs'] {
    const held = holdFolder(path);
    try {
      return this.#reader.read(`${held.path.toString()}/.`);
    } finally {
      closeSync(held.fd);
    }
  }

  /**
   * Said once a walk: trees from older systems may hold very many such names, mostly without
   * attributes.
   */
  #nameProblem(entry: Entry): ScanProblem | undefined {
    if (this.#saidNames) return undefined;
    this.#saidNames = true;
    const why = 'its name is not UTF-8 (and so with every such file that follows)';
    return { ...attributeProblem(entry, why), reason: 'unsupported' };
  }
}

/** A manifest keeps attributes beside names and times: it is no place for megabytes (resource forks). */
function dropTooLarge(entry: Entry): ScanProblem | undefined {
  let bytes = 0;
  for (const { name, value } of entry.xattrs) bytes += name.length + value.length;
  if (bytes <= ATTRIBUTES_BYTES_MAX) return undefined;
  entry.xattrs = [];
  const why = `they take ${formatBytes(bytes)}, which is more than is kept`;
  return { ...attributeProblem(entry, why), reason: 'unsupported' };
}

function attributeProblem(entry: Entry, why: string): ScanProblem {
  const message = `its extended attributes are not saved: ${why}`;
  return { severity: 'warning', path: entry.path, reason: 'unreadable', message };
}
