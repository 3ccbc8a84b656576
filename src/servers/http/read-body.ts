/**
 * Bodies of requests, in pieces or whole.
 * @module
 */
import type { IncomingMessage } from 'node:http';

/** A body has more bytes than are accepted. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

/** The client went away, or the body broke off, before it was whole. */
export class BodyCut extends Error {
  override readonly name = 'BodyCut';
}

/**
 * The pieces as they come. Leaving the loop early leaves the connection alone, so that an answer can still be
 * sent: `for await (… of request)` itself would destroy it.
 * @throws BodyCut
 */
export async function* bodyPieces(request: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    const pieces: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
    for await (const piece of pieces) yield piece;
  } catch (cause) {
    throw new BodyCut('the body broke off', { cause });
  }
  if (!request.complete) throw new BodyCut('the body broke off');
}

/**
 * @returns the whole body
 * @throws BodyTooLarge where it has more than `limitBytes`, at once where the client says so before; BodyCut
 */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const declared = request.headers['content-length'];
  if (declared !== undefined && Number(declared) > limitBytes) {
    throw new BodyTooLarge(`a body of ${declared} bytes is too large`);
  }
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of bodyPieces(request)) {
    length += piece.length;
    if (length > limitBytes) throw new BodyTooLarge('the body is too large');
    pieces.push(piece);
  }
  return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces, length);
}
