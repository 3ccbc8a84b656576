/**
 * A server on a free port of loopback, closed after the test.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { listen } from '../../../src/servers/http/listen.ts';
import type { ListenOptions, Respond, RunningServer } from '../../../src/servers/http/listen.ts';
import { RawClient } from '../support/raw-client.ts';

export interface TestServer extends RunningServer {
  /** What `respond` threw. */
  readonly errors: { error: unknown; id: string }[];
  connect(allowHalfOpen?: boolean): Promise<RawClient>;
}

export async function startServer(
  respond: Respond,
  options: Partial<ListenOptions> = {},
): Promise<TestServer> {
  const errors: TestServer['errors'] = [];
  const server = await listen(
    {
      host: '127.0.0.1',
      port: 0,
      allowsInsecureHttp: false,
      clock: () => 1_000_000,
      random: randomBytes,
      onError: (error, id) => errors.push({ error, id }),
      closeGraceMs: 100,
      ...options,
    },
    respond,
  );
  onTestFinished(() => server.close());
  const connect = async (allowHalfOpen?: boolean): Promise<RawClient> => {
    const client = await RawClient.open(server.port, allowHalfOpen);
    onTestFinished(() => client.end());
    return client;
  };
  return { ...server, errors, connect };
}

/** `GET <path>` as a client writes it. */
export function get(path: string, headers = ''): string {
  return `GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`;
}

export function put(path: string, length: number, headers = ''): string {
  return `PUT ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n${headers}\r\n`;
}
