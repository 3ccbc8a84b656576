/**
 * The only place where a socket is opened for others: one HTTP/1.1 server, with or without TLS, with its limits.
 * @module
 */
import { createServer as createHttp } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { AppError } from '../../base/failure.ts';
import type { Clock, RandomBytes } from '../../base/ports.ts';
import { Connections } from './connections.ts';
import { isLoopback } from './is-loopback.ts';
import { CLOSE_GRACE_MS, LIMITS } from './limits.ts';
import type { Limits } from './limits.ts';
import { refuseClient } from './refuse-client.ts';

export interface ListenOptions {
  /** Name or address to listen at. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** PEM. Undefined: plain HTTP. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer };
  /** Plain HTTP also where others can listen in. */
  readonly allowsInsecureHttp: boolean;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** Told of what `respond` threw: the client gets no word of it. */
  readonly onError: (error: unknown, requestId: string) => void;
  /** For requests under way at the end; 30 s where undefined. */
  readonly closeGraceMs?: number;
  /** Others than `LIMITS`. */
  readonly limits?: Partial<Limits>;
}

export interface RequestInfo {
  /** 16 characters of upper-case hex. */
  readonly id: string;
  readonly remoteAddress: string;
  readonly receivedMs: number;
  /** Aborted when the client goes away before it has the whole answer. */
  readonly signal: AbortSignal;
  readonly isTls: boolean;
}

/**
 * Answers one request; requests of one connection come one after the other. The answer is ended when it returns.
 * What it throws becomes a 500, or the end of the connection where headers were sent.
 */
export type Respond = (
  request: IncomingMessage,
  response: ServerResponse,
  info: RequestInfo,
) => Promise<void>;

export interface RunningServer {
  /** Without a slash at its end. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Takes no new connections, closes idle ones, and lets requests under way finish. */
  close(): Promise<void>;
}

/**
 * @throws AppError `serve/config` for plain HTTP off loopback that was not asked for, a certificate or key that
 * does not fit, or an address that is not this machine's; `serve/busy` where the port is taken
 */
export async function listen(options: ListenOptions, respond: Respond): Promise<RunningServer> {
  const { host } = options;
  if (!options.tls && !options.allowsInsecureHttp && !isLoopback(host)) {
    throw new AppError('serve/config', `plain http on ${host} would send everything unencrypted`, {
      hint: 'give --tls-cert and --tls-key, or --insecure-http where nobody can listen in',
    });
  }
  const limits = { ...LIMITS, ...options.limits };
  const server = createServer(options, limits);
  const connections = new Connections({ ...options, limits }, respond);
  setLimits(server, limits);
  server.on('request', (request, response) => connections.take(request, response));
  // Called instead of `request`: the client waits for a word before it sends its body.
  server.on('checkContinue', (request, response) => connections.take(request, response, true));
  server.on('clientError', (error, socket) => {
    refuseClient(error, socket, connections.responseOn(socket));
  });
  if (options.tls) server.on('connection', (socket) => connections.addShaking(socket));
  server.on(options.tls ? 'secureConnection' : 'connection', (socket) => connections.add(socket));
  await startListening(server, options);
  const { port } = server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host;
  let closing: Promise<void> | undefined;
  return {
    url: `${options.tls ? 'https' : 'http'}://${name}:${port}`,
    host,
    port,
    close: () => (closing ??= stop(server, connections, options.closeGraceMs ?? CLOSE_GRACE_MS)),
  };
}

function createServer({ tls }: ListenOptions, limits: Limits): Server {
  const shared = {
    maxHeaderSize: limits.headBytes,
    // How often they are looked at for the time their headers take.
    connectionsCheckingInterval: Math.ceil(limits.headTimeoutMs / 5),
    insecureHTTPParser: false,
    noDelay: true,
  };
  if (!tls) return createHttp(shared);
  const secure = { ...tls, handshakeTimeout: limits.tlsHandshakeTimeoutMs };
  try {
    return createHttps({ ...shared, ...secure, minVersion: 'TLSv1.2' });
  } catch (cause) {
    throw new AppError('serve/config', 'the TLS certificate and its key cannot be used', {
      hint: 'both must be PEM, and the key that of the certificate',
      cause,
    });
  }
}

function setLimits(server: Server, limits: Limits): void {
  server.headersTimeout = limits.headTimeoutMs;
  // A body of hours is fine as long as it moves.
  server.requestTimeout = 0;
  server.keepAliveTimeout = limits.keepAliveMs;
  server.timeout = limits.idleMs;
  server.maxConnections = limits.connections;
}

function startListening(server: Server, { host, port }: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException): void => reject(listenFailure(cause, host, port));
    server.once('error', fail);
    server.listen({ host, port, backlog: 1024 }, () => {
      server.removeListener('error', fail);
      // Accepting failed, say for want of descriptors: the server goes on.
      server.on('error', () => undefined);
      resolve();
    });
  });
}

function listenFailure(cause: NodeJS.ErrnoException, host: string, port: number): AppError {
  const where = `${host} port ${port}`;
  switch (cause.code) {
    case 'EADDRINUSE':
      return new AppError('serve/busy', `another program listens at ${where}`, {
        hint: 'stop it, or give another port with --port',
        cause,
      });
    case 'EACCES':
      return new AppError('serve/config', `listening at ${where} is not permitted`, {
        hint: 'take a port above 1023',
        cause,
      });
    default:
      return new AppError('serve/config', `cannot listen at ${where}`, { cause });
  }
}

async function stop(server: Server, connections: Connections, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  connections.finish();
  const timer = setTimeout(() => connections.destroyAll(), graceMs);
  await closed;
  clearTimeout(timer);
}
