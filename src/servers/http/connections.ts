/**
 * The connections of a server: which are idle, which have a request under way, and in which order requests
 * of one connection are answered.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { Exchange } from './exchange.ts';
import type { Limits } from './limits.ts';
import { RequestIds } from './request-ids.ts';
import type { ListenOptions, Respond } from './listen.ts';

export type ConnectionOptions = Pick<ListenOptions, 'clock' | 'random' | 'onError'> & {
  readonly limits: Limits;
};

interface Connection {
  /** Requests that came and are not answered yet. */
  pending: number;
  /** Ends when all of them are answered. */
  turn: Promise<void>;
  current: Exchange | undefined;
}

export class Connections {
  readonly #options: ConnectionOptions;
  readonly #respond: Respond;
  readonly #ids: RequestIds;
  readonly #connections = new Map<Socket, Connection>();
  /** TCP connections that have not ended their TLS handshake, by the address of the client. */
  readonly #shaking = new Map<string, Socket>();
  #isFinishing = false;

  constructor(options: ConnectionOptions, respond: Respond) {
    this.#options = options;
    this.#respond = respond;
    this.#ids = new RequestIds(options.random);
  }

  /** How many there are. */
  get size(): number {
    return this.#connections.size;
  }

  /** A TCP connection that is to become one with TLS. */
  addShaking(socket: Socket): void {
    const name = nameOf(socket);
    this.#shaking.set(name, socket);
    socket.once('close', () => {
      if (this.#shaking.get(name) === socket) this.#shaking.delete(name);
    });
  }

  add(socket: Socket): void {
    this.#shaking.delete(nameOf(socket));
    if (this.#isFinishing) {
      socket.destroy();
      return;
    }
    const connection: Connection = { pending: 0, turn: Promise.resolve(), current: undefined };
    this.#connections.set(socket, connection);
    socket.once('close', () => this.#connections.delete(socket));
    // Called by Node after an answer that says `Connection: close`.
    const destroySoon = socket.destroySoon.bind(socket);
    socket.destroySoon = () => {
      const { current } = connection;
      if (current && !current.request.complete && !socket.destroyed) current.closeGently();
      else destroySoon();
    };
  }

  take(request: IncomingMessage, response: ServerResponse, expectsContinue = false): void {
    const { limits } = this.#options;
    const connection = this.#connections.get(request.socket);
    if (!connection || connection.pending >= limits.pipelined) {
      request.socket.destroy();
      return;
    }
    const exchange = new Exchange(request, response, { limits, expectsContinue });
    const serve = (): Promise<void> => this.#serve(connection, exchange);
    connection.pending++;
    // One after the other: a GET sent behind a PUT must see what that has put.
    connection.turn = connection.pending === 1 ? serve() : connection.turn.then(serve);
  }

  /** The answer that is under way. */
  responseOn(socket: unknown): ServerResponse | undefined {
    return this.#connections.get(socket as Socket)?.current?.response;
  }

  /** Ends idle connections now, and the others with the answer that is under way. */
  finish(): void {
    this.#isFinishing = true;
    for (const socket of this.#shaking.values()) socket.destroy();
    for (const [socket, { pending, current }] of this.#connections) {
      if (pending === 0) socket.destroy();
      else if (current) current.response.shouldKeepAlive = false;
    }
  }

  destroyAll(): void {
    for (const socket of this.#connections.keys()) socket.destroy();
  }

  async #serve(connection: Connection, exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    const { socket } = request;
    connection.current = exchange;
    if (this.#isFinishing) response.shouldKeepAlive = false;
    if (!socket.destroyed) await this.#answer(exchange);
    await closeOf(response);
    connection.current = undefined;
    exchange.readOut();
    connection.pending--;
    if (this.#isFinishing && connection.pending === 0) socket.destroySoon();
  }

  /** Never throws. */
  async #answer(exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    const { clock, onError } = this.#options;
    const info = {
      id: this.#ids.next(),
      remoteAddress: (request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
      receivedMs: clock(),
      signal: exchange.signal,
      isTls: request.socket instanceof TLSSocket,
    };
    try {
      await this.#respond(request, response, info);
      if (!response.writableEnded && !exchange.signal.aborted)
        throw new Error('no answer was ended');
    } catch (error) {
      // Where the client went away, that is the error.
      if (!exchange.signal.aborted) onError(error, info.id);
      if (response.headersSent) request.socket.destroy();
      else response.writeHead(500, { 'content-length': 0 }).end();
    }
  }
}

/** What TCP and TLS sockets of one connection have in common. */
function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function closeOf(response: ServerResponse): Promise<void> {
  if (response.closed || response.destroyed) return Promise.resolve();
  return new Promise((resolve) => response.once('close', () => resolve()));
}
