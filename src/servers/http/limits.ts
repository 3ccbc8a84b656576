/**
 * What a client may take of a server, whoever it is: bounds that hold before any signature is looked at.
 * @module
 */
import { KiB } from '../../base/units.ts';

export interface Limits {
  /** Request line and all headers. */
  readonly headBytes: number;
  /** From the start of the connection, or the first byte of a request, to the end of the headers. */
  readonly headTimeoutMs: number;
  readonly tlsHandshakeTimeoutMs: number;
  /** Between two requests. */
  readonly keepAliveMs: number;
  /** While a body or an answer is under way, and the client neither sends nor takes a byte. */
  readonly idleMs: number;
  /** Further ones are closed at once. */
  readonly connections: number;
  /** Requests that one connection may have sent ahead of their turn. */
  readonly pipelined: number;
  /** Of a body that nobody wants: read on for so long, so that the client gets to see the answer. */
  readonly drainBytes: number;
  readonly drainMs: number;
}

export const LIMITS: Limits = {
  // AWS takes 8 KiB of headers for S3; metadata, tags and tokens fit in this.
  headBytes: 32 * KiB,
  headTimeoutMs: 15_000,
  tlsHandshakeTimeoutMs: 15_000,
  // Longer than clients and load balancers keep theirs (60 s): they close, not we in the middle of a request.
  keepAliveMs: 65_000,
  idleMs: 60_000,
  connections: 16_000,
  pipelined: 100,
  drainBytes: 256 * KiB,
  drainMs: 5000,
};

/** For requests under way when the server is told to stop. */
export const CLOSE_GRACE_MS = 30_000;
