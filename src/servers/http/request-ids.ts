/**
 * Names of requests: random, so that nobody can guess those of others.
 * @module
 */
import type { RandomBytes } from '../../base/ports.ts';

const ID_BYTES = 8;
/** Drawn together: asking the system for each costs more than routing the request. */
const IDS_AT_ONCE = 64;

export class RequestIds {
  readonly #random: RandomBytes;
  #drawn = Buffer.alloc(0);
  #at = 0;

  constructor(random: RandomBytes) {
    this.#random = random;
  }

  /** @returns 16 characters of upper-case hex */
  next(): string {
    if (this.#at === this.#drawn.length) {
      this.#drawn = Buffer.from(this.#random(IDS_AT_ONCE * ID_BYTES));
      this.#at = 0;
    }
    this.#at += ID_BYTES;
    return this.#drawn.toString('hex', this.#at - ID_BYTES, this.#at).toUpperCase();
  }
}
