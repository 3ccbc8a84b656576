/**
 * Leaves out the entries of one snapshot that patterns exclude.
 * @module
 */
import { isInside } from '../../files/path.ts';
import type { Selector } from '../../files/select/selector.ts';
import type { Entry } from '../../format/entry.ts';
import { EntryType } from '../../format/entry.ts';

export class EntryFilter {
  readonly #selector: Selector;
  readonly #onDropped: (entry: Entry) => void;
  /** Folders above the last entry that stay only if something inside does. */
  #way: Entry[] = [];

  constructor(selector: Selector, onDropped: (entry: Entry) => void) {
    this.#selector = selector;
    this.#onDropped = onDropped;
  }

  /** Whether the fate of a folder is still open. */
  get isWaiting(): boolean {
    return this.#way.length > 0;
  }

  /** Takes the next entry in path order. @returns those that stay and were not returned before, in order */
  take(entry: Entry): readonly Entry[] {
    const { path, type } = entry;
    this.#leave((folder) => !isInside(path, folder.path));
    const selection = this.#selector.select(path, type === EntryType.directory);
    if (selection === 'take') {
      const kept = [...this.#way, entry];
      this.#way = [];
      return kept;
    }
    if (selection === 'skip') this.#onDropped(entry);
    else this.#way.push(entry);
    return [];
  }

  /** After the last entry. */
  end(): void {
    this.#leave(() => true);
  }

  #leave(isLeft: (folder: Entry) => boolean): void {
    for (let last = this.#way.at(-1); last && isLeft(last); last = this.#way.at(-1)) {
      this.#way.pop();
      this.#onDropped(last);
    }
  }
}
