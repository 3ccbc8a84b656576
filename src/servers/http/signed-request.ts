/**
 * The head of a request as signatures see it.
 * @module
 */
import type { IncomingMessage } from 'node:http';

/** What `sigv4/` calls a signed request. */
export interface RequestHead {
  readonly method: string;
  /** Path and query, as on the wire; one byte a character. */
  readonly target: string;
  /** By lower-case name; what was sent several times is joined by commas. One byte a character. */
  readonly headers: ReadonlyMap<string, string>;
}

/** From the raw headers: Node's own table leaves out some that were sent twice. */
export function signedRequestOf(request: IncomingMessage): RequestHead {
  const headers = new Map<string, string>();
  const raw = request.rawHeaders;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] as string).toLowerCase();
    const value = raw[i + 1] as string;
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before},${value}`);
  }
  return { method: request.method ?? '', target: request.url ?? '/', headers };
}
