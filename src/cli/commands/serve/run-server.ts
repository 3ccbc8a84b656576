/**
 * A server's life as a command: says where it listens, serves until it is asked to stop, and stops in good
 * order.
 * @module
 */
import { once } from 'node:events';
import type { CommandContext } from '../../command.ts';

/**
 * How long requests under way may take to end, in milliseconds: below the patience of the program with work
 * that was asked to stop (`interrupt.ts`).
 */
export const CLOSE_GRACE_MS = 15_000;

export interface Served {
  /** `http://127.0.0.1:9000`. */
  readonly url: string;
  /** Of `--monitor`. */
  readonly monitorUrl?: string | undefined;
  close(): Promise<void>;
}

/** Returns once a signal came and the server has closed: then the program ends with 0. */
export async function serveUntilStopped(
  server: Served,
  { out, signal }: CommandContext<object>,
): Promise<void> {
  const { url, monitorUrl } = server;
  try {
    if (out.json) await out.document('listening', { event: 'listening', url, monitorUrl });
    else await out.result(`listening on ${url}\n`);
    if (monitorUrl !== undefined) out.note(`metrics at ${monitorUrl}/metrics`);
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    await server.close();
  }
}
