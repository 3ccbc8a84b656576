/**
 * One request and its answer, as the connection sees them: when the body is asked for, when nothing moves any
 * more, and whether the connection can be used again.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Limits } from './limits.ts';

export interface ExchangeOptions {
  readonly limits: Limits;
  /** The client waits for `100 Continue`. */
  readonly expectsContinue: boolean;
}

export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly #controller = new AbortController();
  readonly #limits: Limits;
  #isAwaitingWord: boolean;
  #isBodyWanted = false;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    { limits, expectsContinue }: ExchangeOptions,
  ) {
    this.request = request;
    this.response = response;
    this.#limits = limits;
    this.#isAwaitingWord = expectsContinue;
    if (hasBody(request)) this.#noticeReads();
    // Node would throw away the rest of a body unseen, however long it is: `readOut` and `closeGently` do that.
    Object.assign(request, { _dump: () => undefined });
    this.#noticeHead();
    response.on('timeout', () => this.#judgeSilence());
    response.once('close', () => {
      if (!response.writableFinished) this.#controller.abort();
    });
  }

  /** Aborted when the client goes away before it has the whole answer. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** A refusal costs no upload: the word to go on is given when somebody first wants to read. */
  #noticeReads(): void {
    const { request, response } = this;
    const read = request._read.bind(request);
    request._read = (size) => {
      this.#isBodyWanted = true;
      if (this.#isAwaitingWord && !response.headersSent) {
        this.#isAwaitingWord = false;
        response.writeContinue();
      }
      read(size);
    };
  }

  /** The headers say whether the connection is kept: decided when they are sent. */
  #noticeHead(): void {
    const { response } = this;
    const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse;
    response.writeHead = (...args: unknown[]) => {
      if (!this.#canBeReadOut()) response.shouldKeepAlive = false;
      return writeHead(...args);
    };
  }

  /**
   * Whether what is left of the body is little enough to be read and thrown away. (After an answer without the
   * word to go on Node closes by itself: nobody knows whether such a client sends its body or its next request.)
   */
  #canBeReadOut(): boolean {
    const { request } = this;
    if (request.complete || !hasBody(request)) return true;
    const length = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY);
    return length <= this.#limits.drainBytes;
  }

  /** After `idleMs` without a byte in or out. */
  #judgeSilence(): void {
    const { request } = this;
    const { socket } = request;
    const isAnswerStuck = socket.writableLength > 0;
    const hasRoom = request.readableLength < request.readableHighWaterMark;
    const isBodyMissing = this.#isBodyWanted && !request.complete && hasRoom;
    if (isAnswerStuck || isBodyMissing) socket.destroy();
    else socket.setTimeout(this.#limits.idleMs);
  }

  /** Reads what is left of the body, so that it does not stand before the next request. */
  readOut(): void {
    if (this.request.complete || this.request.destroyed) return;
    this.request.on('error', () => undefined);
    this.request.resume();
  }

  /**
   * Ends the connection so that the client sees the answer although it is still sending: closed at once, the
   * kernel would tell it of a reset first.
   */
  closeGently(): void {
    const { request } = this;
    const { socket } = request;
    const destroy = (): void => void socket.destroy();
    const timer = setTimeout(destroy, this.#limits.drainMs);
    socket.once('close', () => clearTimeout(timer));
    let drainedBytes = 0;
    request.on('data', (piece: Buffer) => {
      drainedBytes += piece.length;
      if (drainedBytes > this.#limits.drainBytes) destroy();
    });
    request.once('end', destroy);
    request.on('error', destroy);
    socket.end();
    request.resume();
  }
}

export function hasBody({ headers }: IncomingMessage): boolean {
  if (headers['transfer-encoding'] !== undefined) return true;
  return Number(headers['content-length'] ?? 0) > 0;
}
