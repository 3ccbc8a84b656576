/**
 * The terminal as cli-progress wants it: one status line that can step aside for lines of text.
 * @module
 */
import { clearLine, cursorTo } from 'node:readline';

export class BarTerminal {
  readonly #stream: NodeJS.WriteStream;
  #shown = '';

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  /** Takes the status line away, so that text can be written in its place. */
  hide(): void {
    if (this.#shown === '') return;
    cursorTo(this.#stream, 0);
    clearLine(this.#stream, 0);
  }

  /** Puts the status line back below that text. */
  show(): void {
    if (this.#shown !== '') this.#stream.write(this.#shown);
  }

  write(text: string): void {
    this.#shown = text.slice(0, this.getWidth() - 1);
    this.#stream.write(this.#shown);
  }

  clearLine(): void {
    this.#shown = '';
    clearLine(this.#stream, 0);
  }

  clearRight(): void {
    clearLine(this.#stream, 1);
  }

  cursorTo(x: number | null): void {
    cursorTo(this.#stream, x ?? 0);
  }

  cursor(isVisible: boolean): void {
    this.#stream.write(isVisible ? '\x1B[?25h' : '\x1B[?25l');
  }

  newline(): void {
    this.#shown = '';
    this.#stream.write('\n');
  }

  getWidth(): number {
    return this.#stream.columns || 80;
  }

  isTTY(): boolean {
    return true;
  }

  /** Long lines are cut, so wrapping needs no switching; positions are never saved. */
  lineWrapping(): void {}
  cursorSave(): void {}
  cursorRestore(): void {}
}
