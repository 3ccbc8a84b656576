/**
 * An entry as the walk yields it.
 * @module
 */
import type { Entry } from '../../format/entry.ts';
import { appendName, type FolderPlace } from './folder-frame.ts';

/** A `WalkItem` that spells out its path only when asked: most of those who walk have no use for it. */
export class FoundEntry {
  readonly kind = 'entry';
  readonly entry: Entry;
  readonly #place: FolderPlace;
  readonly #name: string;

  constructor(entry: Entry, place: FolderPlace, name: string) {
    this.entry = entry;
    this.#place = place;
    this.#name = name;
  }

  get osPath(): Buffer {
    return appendName(this.#place.osPrefix, this.#name);
  }
}
