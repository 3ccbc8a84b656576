/**
 * A secret in memory: bytes with one owner, wiped when that owner is done, never printed.
 *
 * What JavaScript cannot wipe, and this class does not pretend to: strings (the words as typed, a
 * passphrase), copies the garbage collector made while moving small buffers, copies inside OpenSSL and
 * `KeyObject`s, pages the system swapped out, core dumps. Wiping shortens the time in which a secret lies
 * in our own memory; it is no wall against whoever can read that memory while we run.
 * @module
 */
import { inspect } from 'node:util';
import { assert } from '../base/failure.ts';
import type { RandomBytes } from '../base/ports.ts';

const PRINTED = '[secret]';

/** Secret bytes. Prints as `[secret]` wherever it is printed, logged or put into JSON. */
export class Secret {
  #bytes: Uint8Array | undefined;

  private constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Takes ownership of `bytes`: the caller must neither use nor wipe them afterwards. */
  static take(bytes: Uint8Array): Secret {
    return new Secret(bytes);
  }

  /** Copies `bytes`; the caller keeps (and wipes) its own. */
  static copyOf(bytes: Uint8Array): Secret {
    return new Secret(Uint8Array.from(bytes));
  }

  /** @param length bytes to draw from `random`, whose answer is taken over */
  static random(length: number, random: RandomBytes): Secret {
    const bytes = random(length);
    assert(bytes.length === length, 'the random source gave another length');
    return new Secret(bytes);
  }

  /** In bytes; 0 once wiped. */
  get length(): number {
    return this.#bytes?.length ?? 0;
  }

  /**
   * Lends the bytes to `fn`, which must not keep, change or return them.
   * @throws Error (a bug) where the secret was wiped before
   */
  use<T>(fn: (bytes: Uint8Array) => T): T {
    assert(this.#bytes !== undefined, 'a secret was used after it was wiped');
    return fn(this.#bytes);
  }

  /** A second secret with the same bytes and a lifetime of its own. */
  clone(): Secret {
    return this.use((bytes) => Secret.copyOf(bytes));
  }

  /** Overwrites the bytes with zeros. May be called again. */
  wipe(): void {
    this.#bytes?.fill(0);
    this.#bytes = undefined;
  }

  [Symbol.dispose](): void {
    this.wipe();
  }

  toString(): string {
    return PRINTED;
  }

  toJSON(): string {
    return PRINTED;
  }

  [inspect.custom](): string {
    return PRINTED;
  }
}
