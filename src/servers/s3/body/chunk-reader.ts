/**
 * Lines and counted bytes out of pieces that are cut anywhere: what aws-chunked is read with.
 * @module
 */

/** The body ends where it must not. */
export class EndedEarly extends Error {
  override readonly name = 'EndedEarly';
}

/** A line is longer than any that is right. */
export class LineTooLong extends Error {
  override readonly name = 'LineTooLong';
}

const LF = 0x0a;
const NOTHING = Buffer.alloc(0);

export class ChunkReader {
  readonly #source: AsyncIterator<Buffer>;
  #piece: Buffer = NOTHING;

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /**
   * The text up to the next line feed, with what stands before that: a carriage return where it is CRLF.
   * @throws EndedEarly, LineTooLong
   */
  async line(lengthMax: number): Promise<string> {
    let text = '';
    for (;;) {
      const end = this.#piece.indexOf(LF);
      const taken = this.#take(end === -1 ? this.#piece.length : end + 1);
      text += taken.toString('latin1');
      if (text.length > lengthMax) throw new LineTooLong('a line is too long');
      if (end !== -1) return text.slice(0, -1);
      if (!(await this.#fill())) throw new EndedEarly('the body ends within a line');
    }
  }

  /**
   * Exactly `sizeBytes` bytes, in the pieces they came in, without copies.
   * @throws EndedEarly
   */
  async *bytes(sizeBytes: number): AsyncGenerator<Buffer> {
    for (let left = sizeBytes; left > 0;) {
      if (this.#piece.length === 0 && !(await this.#fill())) {
        throw new EndedEarly('the body ends within a chunk');
      }
      const taken = this.#take(Math.min(left, this.#piece.length));
      left -= taken.length;
      yield taken;
    }
  }

  /** Whether nothing is left. */
  async isAtEnd(): Promise<boolean> {
    return this.#piece.length === 0 && !(await this.#fill());
  }

  #take(sizeBytes: number): Buffer {
    const piece = this.#piece;
    if (sizeBytes === piece.length) {
      // Whoever gets all of it may give its memory back: nothing here points at it any more.
      this.#piece = NOTHING;
      return piece;
    }
    const taken = this.#piece.subarray(0, sizeBytes);
    this.#piece = this.#piece.subarray(sizeBytes);
    return taken;
  }

  /** False at the end. */
  async #fill(): Promise<boolean> {
    for (;;) {
      const { done, value } = await this.#source.next();
      if (done) return false;
      if (value.length === 0) continue;
      this.#piece = value;
      return true;
    }
  }
}
