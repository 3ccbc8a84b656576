/**
 * A KMS on the wire that says what a test wants it to say: what a well-behaved one never would,
 * too.
 * @module
 */
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

export interface WireKms extends AsyncDisposable {
  readonly endpoint: string;
  /** Operations that were asked for, in order. */
  readonly asked: { readonly operation: string; readonly input: Record<string, unknown> }[];
}

type Answer = (
  operation: string,
  input: Record<string, unknown>,
) => { status: number; body: unknown } | 'silence';

export async function startWireKms(answer: Answer): Promise<WireKms> {
  const asked: WireKms['asked'] = [];
  const silent = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    void json(request).then((input) => {
      const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
      asked.push({ operation, input: input as Record<string, unknown> });
      const said = answer(operation, input as Record<string, unknown>);
      if (said === 'silence') return void silent.add(response);
      response.writeHead(said.status, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(said.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    asked,
    async [Symbol.asyncDispose]() {
      for (const response of silent) response.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function refusal(name: string): { status: number; body: unknown } {
  return { status: 400, body: { __type: name, message: 'secret words of the KMS' } };
}
