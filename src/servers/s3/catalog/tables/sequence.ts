/**
 * Numbers that only grow, over restarts too, without a look at all that they were given to.
 *
 * The catalog says up to where numbers may have been given; a start goes on from there. That mark is kept far ahead
 * and moved on now and then, so that it costs nothing and may be undone with the work that moved it.
 * @module
 */
import type { SettingTable } from './setting-table.ts';

const NAME = 'sequence-mark';
/** How far ahead of the last number the mark is set. */
const AHEAD = 2 ** 20;
/** How many numbers go by until it is set again: a thousand works in a row would have to fail to reach it. */
const EVERY = 1024;

export class Sequence {
  readonly #settings: SettingTable;
  #last: number;

  /** @param willGive whether numbers will be taken: that is written to the catalog at once */
  constructor(settings: SettingTable, willGive: boolean) {
    this.#settings = settings;
    this.#last = Number(settings.get(NAME) ?? 0);
    if (willGive) this.#mark();
  }

  /** Called in a transaction. */
  next(): number {
    this.#last++;
    if (this.#last % EVERY === 0) this.#mark();
    return this.#last;
  }

  #mark(): void {
    this.#settings.set(NAME, String(this.#last + AHEAD));
  }
}
