/**
 * What was opened, closed again in the opposite order.
 * @module
 */

type Close = () => Promise<void> | void;

/** Disposing closes everything, unless it was released before. */
export class Closers {
  #closers: Close[] = [];
  #closing: Promise<void> | undefined;

  add(close: Close): void {
    this.#closers.push(close);
  }

  /** Hands all of it to another owner: disposing of this one does nothing any more. */
  release(): Closers {
    const others = new Closers();
    others.#closers = this.#closers;
    this.#closers = [];
    return others;
  }

  /** Goes on after one that fails, and throws the first failure in the end. */
  close(): Promise<void> {
    return (this.#closing ??= this.#closeAll());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const close of this.#closers.reverse()) {
      try {
        await close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
