/**
 * Connections to S3: kept alive, read into one buffer a socket, through a proxy where the
 * environment asks.
 * @module
 */
import type { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { AgentOptions } from 'node:https';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { AppError } from '../../../base/failure.ts';
import { KiB } from '../../../base/units.ts';

/** An `import` of it would look at all that it exports, and so load Node's whole `fetch`: 45 ms. */
const http = createRequire(import.meta.url)('node:http') as typeof import('node:http');

export interface AgentPair {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
}

export interface AgentSettings {
  readonly maxSockets: number;
  /** PEM of the authorities to trust instead of the usual ones. */
  readonly ca: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const READ_BUFFER_BYTES = 256 * KiB;
const proxyVariables = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'] as const;
const exceptionVariables = ['NO_PROXY', 'no_proxy'] as const;

/**
 * One agent for each protocol. They are instances on purpose: the SDK drops options given to it
 * instead where it makes agents of its own.
 * @throws AppError `store/config` where a proxy is asked for and this Node knows none
 */
export function createAgents(settings: AgentSettings): AgentPair {
  const { maxSockets, ca, env } = settings;
  const options: AgentOptions = { keepAlive: true, maxSockets, ...(ca !== undefined && { ca }) };
  if (!proxyVariables.some((name) => env[name])) {
    return {
      httpAgent: readingInPlace(new http.Agent(options)),
      httpsAgent: readingInPlace(new HttpsAgent(options)),
    };
  }
  const wanted = [...proxyVariables, ...exceptionVariables].filter((name) => env[name]);
  const proxyEnv = Object.fromEntries(wanted.map((name) => [name, env[name]]));
  const httpsAgent = new HttpsAgent({ ...options, proxyEnv });
  // No version is compared: the agent itself shows whether it took the proxy.
  const symbols = Object.getOwnPropertySymbols(httpsAgent);
  if (!symbols.some(({ description }) => description === 'kProxyConfig')) {
    throw new AppError('store/config', 'the environment asks for a proxy, which this Node lacks', {
      hint: 'run cybs3 with Node 24.5 or newer, or unset HTTPS_PROXY and HTTP_PROXY',
    });
  }
  return { httpAgent: new http.Agent({ ...options, proxyEnv }), httpsAgent };
}

interface ReadState {
  socket?: Socket;
}

type CreateConnection = (options: object, callback: unknown) => Socket | undefined;

/**
 * Makes the agent's sockets read into one buffer each, which halves the CPU time of downloads:
 * otherwise each 64 KiB is a fresh allocation. That is sound because the HTTP parser copies what it
 * is given before the push returns; whenever nobody is reading, the bytes are copied here instead.
 */
function readingInPlace<T extends HttpAgent>(agent: T): T {
  const original = agent.createConnection.bind(agent) as unknown as CreateConnection;
  const createConnection: CreateConnection = (options, callback) => {
    const state: ReadState = {};
    const onread = {
      buffer: Buffer.allocUnsafeSlow(READ_BUFFER_BYTES),
      callback: (length: number, buffer: Uint8Array) => deliver(state, length, buffer),
    };
    const socket = original({ ...options, onread }, callback);
    if (socket) state.socket = socket;
    return socket;
  };
  return Object.assign(agent, { createConnection });
}

/** @returns false to stop reading until the socket is resumed */
function deliver({ socket }: ReadState, length: number, buffer: Uint8Array): boolean {
  if (!socket) return true;
  const bytes = buffer.subarray(0, length);
  if (!socket.readableFlowing || socket.readableLength > 0) return socket.push(Buffer.from(bytes));
  socket.push(bytes);
  return true;
}
