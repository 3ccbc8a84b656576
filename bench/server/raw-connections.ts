/**
 * A client that does next to nothing: writes requests that are bytes already, and counts the bytes of answers.
 * @module
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** The pieces of one request, head first. */
export type RawRequest = readonly Buffer[];

/**
 * Sends them over that many connections, on each one after the other.
 * @throws Error for an answer that is not 200
 */
export async function sendAll(
  endpoint: string,
  connections: number,
  requests: Iterable<RawRequest>,
): Promise<void> {
  const { hostname, port } = new URL(endpoint);
  const queue = requests[Symbol.iterator]();
  const work = async (): Promise<void> => {
    const socket = connect(Number(port), hostname).setNoDelay(true);
    await once(socket, 'connect');
    const answers = new Answers(socket);
    for (let next = queue.next(); !next.done; next = queue.next()) {
      socket.cork();
      for (const piece of next.value) socket.write(piece);
      socket.uncork();
      await answers.next();
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: connections }, work));
}

/** The answers of one connection, in turn: only their length is looked at. */
class Answers {
  #head = '';
  #bodyLeft = -1;
  #done: (() => void) | undefined;
  #fail: ((error: Error) => void) | undefined;

  constructor(socket: Socket) {
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
    socket.on('close', () => this.#fail?.(new Error('the server closed a connection')));
    socket.on('error', (error) => this.#fail?.(error));
  }

  next(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#done = resolve;
      this.#fail = reject;
    });
  }

  #take(bytes: Buffer): void {
    let length = bytes.length;
    if (this.#bodyLeft < 0) {
      this.#head += bytes.toString('latin1');
      const end = this.#head.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = this.#head.slice(0, end);
      if (!head.startsWith('HTTP/1.1 200')) return this.#fail?.(new Error(this.#head));
      this.#bodyLeft = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      length = this.#head.length - end - 4;
      this.#head = '';
    }
    this.#bodyLeft -= length;
    if (this.#bodyLeft > 0) return;
    this.#bodyLeft = -1;
    this.#done?.();
  }
}
