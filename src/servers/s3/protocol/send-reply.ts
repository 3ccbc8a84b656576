/**
 * Writes an answer to its connection, no faster than the client takes it.
 * @module
 */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Reply } from './operation.ts';

export interface ReplyContext {
  readonly method: string;
  /** On every answer: request id, server, date. */
  readonly headers: Readonly<Record<string, string>>;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  readonly onBytes: (sizeBytes: number) => void;
}

/**
 * The first piece of a body is fetched before the head is sent, so that a failure up to there still is an answer of
 * its own.
 * @throws whatever the body throws; the answer is then not ended, and no head was sent where `headersSent` says so
 */
export async function sendReply(
  response: ServerResponse,
  reply: Reply,
  context: ReplyContext,
): Promise<void> {
  const { body } = reply;
  const hasBody = context.method !== 'HEAD' && reply.status !== 204 && reply.status !== 304;
  if (body !== undefined && typeof body !== 'string' && !Buffer.isBuffer(body)) {
    if (hasBody) return sendPieces(response, body, reply, context);
    writeHead(response, reply, context, reply.contentLength);
    response.end();
    return;
  }
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  writeHead(response, reply, context, reply.contentLength ?? bytes?.length ?? 0);
  if (hasBody && bytes) context.onBytes(bytes.length);
  response.end(hasBody ? bytes : undefined);
}

async function sendPieces(
  response: ServerResponse,
  body: AsyncIterable<Buffer>,
  reply: Reply,
  context: ReplyContext,
): Promise<void> {
  const { signal, onBytes } = context;
  const pieces = body[Symbol.asyncIterator]();
  try {
    let next = await pieces.next();
    writeHead(response, reply, context, reply.contentLength);
    let sentBytes = 0;
    while (!next.done && !signal.aborted) {
      const piece = next.value;
      sentBytes += piece.length;
      onBytes(piece.length);
      const onSent = (error?: Error | null): void => {
        // What is in a broken connection may still be looked at.
        if (!error) reply.giveBack?.(piece);
      };
      if (!response.write(piece, onSent)) await drained(response, signal);
      next = await pieces.next();
    }
    const { contentLength = sentBytes } = reply;
    if (sentBytes !== contentLength && !signal.aborted) {
      throw new Error(`${sentBytes} bytes were to be ${contentLength}`);
    }
    response.end();
  } finally {
    // Also where the client went away in the middle: files are closed, keys wiped.
    await pieces.return?.();
  }
}

async function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  if (!response.writableNeedDrain) return;
  await once(response, 'drain', { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

function writeHead(
  response: ServerResponse,
  reply: Reply,
  context: ReplyContext,
  contentLength: number | undefined,
): void {
  const headers: Record<string, string | number> = { ...context.headers };
  if (typeof reply.body === 'string') headers['content-type'] = 'application/xml';
  for (const [name, value] of Object.entries(reply.headers ?? {})) {
    if (value !== undefined) headers[name] = value;
  }
  // Neither of these has a body, and HTTP forbids the length of none.
  const hasLength = reply.status !== 204 && reply.status !== 304;
  if (hasLength && contentLength !== undefined) headers['content-length'] = contentLength;
  response.writeHead(reply.status, headers);
}
