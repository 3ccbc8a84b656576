/**
 * How much of other people's bytes may lie in memory at once.
 * @module
 */
import type { IncomingMessage } from 'node:http';
import { KiB, MiB } from '../../../base/units.ts';
import { readBody } from '../../http/read-body.ts';
import { KmsError } from '../kms-error.ts';

/** The largest request of the API, a policy of 32 KiB escaped six-fold, is far below. */
const BODY_BYTES_MAX = MiB;

/** What nearly all requests fit in. Not counted: connections are. */
const SMALL_BYTES = 16 * KiB;

const LARGE_BYTES_MAX = 128 * MiB;

export class BodyBudget {
  #freeBytes = LARGE_BYTES_MAX;

  /**
   * Reads a whole body.
   * @throws BodyTooLarge, BodyCut; KmsError `ThrottlingException` where too many large ones come at once
   */
  async read(request: IncomingMessage): Promise<Buffer> {
    const declared = Number(request.headers['content-length'] ?? BODY_BYTES_MAX);
    if (declared <= SMALL_BYTES) return readBody(request, SMALL_BYTES);
    const bytes = Math.min(declared, BODY_BYTES_MAX);
    if (bytes > this.#freeBytes) {
      throw new KmsError('ThrottlingException', 'too many large requests at once');
    }
    this.#freeBytes -= bytes;
    try {
      return await readBody(request, BODY_BYTES_MAX);
    } finally {
      this.#freeBytes += bytes;
    }
  }
}
