/**
 * `/metrics` and `/health` on a listener of their own: whoever watches needs no access key, and no bucket has
 * to be called otherwise.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { listen } from './listen.ts';
import type { ListenOptions, RunningServer } from './listen.ts';
import type { Metrics } from './metrics.ts';

export interface MonitorAddress {
  readonly host: string;
  readonly port: number;
}

interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly text: string;
}

/** @throws AppError as `listen` */
export function startMonitor(
  address: MonitorAddress,
  metrics: Metrics,
  health: () => Promise<boolean> | boolean,
  options: Omit<ListenOptions, 'host' | 'port' | 'tls'>,
): Promise<RunningServer> {
  return listen({ ...options, ...address }, async (request, response) => {
    send(request, response, await answerTo(request, metrics, health));
  });
}

async function answerTo(
  request: IncomingMessage,
  metrics: Metrics,
  health: () => Promise<boolean> | boolean,
): Promise<Answer> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { status: 405, text: 'only GET is allowed\n' };
  }
  switch (request.url?.split('?', 1)[0]) {
    case '/metrics':
      return {
        status: 200,
        type: 'text/plain; version=0.0.4; charset=utf-8',
        text: metrics.text(),
      };
    case '/health':
      return (await health())
        ? { status: 200, text: 'ok\n' }
        : { status: 503, text: 'not healthy\n' };
    default:
      return { status: 404, text: 'there are /metrics and /health\n' };
  }
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const body = Buffer.from(answer.text);
  response.writeHead(answer.status, {
    'content-type': answer.type ?? 'text/plain; charset=utf-8',
    'content-length': body.length,
    ...(answer.status === 405 && { allow: 'GET, HEAD' }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
