/**
 * Answers on the wire.
 * @module
 */
import type { ServerResponse } from 'node:http';

export interface Answer {
  readonly status: number;
  /** The error's name; undefined where all went well. */
  readonly error: string | undefined;
  /** Members of the JSON object. */
  readonly output: Readonly<Record<string, unknown>>;
}

/** Plaintext and keys are in answers: nobody on the way keeps them. */
const HEADERS = {
  'Content-Type': 'application/x-amz-json-1.1',
  'Cache-Control': 'no-cache, no-store, must-revalidate, private',
};

export function sendAnswer(
  response: ServerResponse,
  requestId: string,
  { status, output }: Answer,
): void {
  const isEmpty = status === 200 && Object.keys(output).length === 0;
  const body = Buffer.from(isEmpty ? '' : JSON.stringify(output));
  response.writeHead(status, {
    ...HEADERS,
    'x-amzn-RequestId': requestId,
    'Content-Length': body.length,
  });
  response.end(body);
}

/** For load balancers: that the process answers. Needs no signature and tells nothing. */
export function sendHealth(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': 3 });
  response.end('ok\n');
}
