/**
 * What a client gets whose bytes are no HTTP.
 * @module
 */
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** For the answer to arrive before the connection is torn down. */
const LINGER_MS = 1000;

const STATUS_OF: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/**
 * Answers 400, or what says it better, and closes the connection.
 * @param response that is under way on it: once begun, no other can be sent
 */
export function refuseClient(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  response: ServerResponse | undefined,
): void {
  // Told a second time, of bytes that came after.
  if (socket.writableEnded) return;
  if (error.code === 'ECONNRESET' || !socket.writable || response?.headersSent) {
    socket.destroy();
    return;
  }
  const status = STATUS_OF[error.code ?? ''] ?? '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
}
