/**
 * What has to be closed at the end, in the order opposite to that of opening.
 * @module
 */

type Close = () => Promise<void> | void;

export class Closers implements AsyncDisposable {
  #closes: Close[] = [];
  #closing: Promise<void> | undefined;

  add(close: Close): void {
    this.#closes.push(close);
  }

  /** From here on they are the caller's. */
  release(): Closers {
    const released = new Closers();
    released.#closes = this.#closes;
    this.#closes = [];
    return released;
  }

  /**
   * Closes everything, also where something of it fails. Whoever calls it again waits for the same end.
   * @throws the first failure
   */
  close(): Promise<void> {
    return (this.#closing ??= this.#closeAll());
  }

  async #closeAll(): Promise<void> {
    const errors: unknown[] = [];
    for (const close of this.#closes.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
