/**
 * A client that sends bytes as they are, for what no HTTP library would send.
 * @module
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';

export class RawClient {
  readonly socket: Socket;
  /** What has come so far, one byte a character. */
  received = '';
  /** The other side has closed, one way or the other. */
  readonly closed: Promise<void>;
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      this.received += bytes.toString('latin1');
      this.#wake();
    });
    socket.on('close', () => this.#wake());
  }

  /** @param allowHalfOpen go on sending when the other side has ended its half */
  static open(port: number, allowHalfOpen = false): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen });
      socket.once('error', reject);
      socket.once('connect', () => resolve(new RawClient(socket)));
    });
  }

  /** @param text one byte a character */
  send(text: string | Uint8Array): void {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
  }

  /** Waits until `pattern` has come, and takes all up to its end out of `received`. */
  async read(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.received);
      if (match) {
        const end = match.index + match[0].length;
        const text = this.received.slice(0, end);
        this.received = this.received.slice(end);
        return text;
      }
      if (this.socket.destroyed) throw new Error(`closed after ${JSON.stringify(this.received)}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  end(): void {
    this.socket.destroy();
  }
}
