/**
 * The server's time, as its answers tell it. Until when an object is locked must not hang on what
 * the clock of this machine says.
 * @module
 */
import type { S3Client } from '@aws-sdk/client-s3';
import { monotonicMs } from '../../limit.ts';

export class ServerClock {
  #serverMs = NaN;
  #heardAtMs = 0;

  /** Listens to all that `client` is answered. */
  constructor(client: S3Client) {
    client.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        this.#hear(result.response);
        return result;
      },
      { step: 'deserialize', name: 'cybs3ServerClock' },
    );
  }

  /** Ms since 1970, to about a second; `undefined` as long as no answer has told a time. */
  nowMs(): number | undefined {
    if (Number.isNaN(this.#serverMs)) return undefined;
    return this.#serverMs + (monotonicMs() - this.#heardAtMs);
  }

  #hear(response: unknown): void {
    const headers = (response as { headers?: Readonly<Record<string, string>> }).headers;
    const dateMs = Date.parse(headers?.['date'] ?? '');
    if (Number.isNaN(dateMs)) return;
    this.#serverMs = dateMs;
    this.#heardAtMs = monotonicMs();
  }
}
