/**
 * Writes a big file past the page cache (`O_DIRECT`, Linux). A pack is written once and not read soon: in the
 * cache it would push out what people work with, and the copy into it costs more than all our cryptography
 * where the system has to find fresh memory for it first (decision 0011).
 * @module
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { platform } from 'node:os';
import { PAGE_BYTES, cannotPassCache } from '../../base/page-memory.ts';
import { MiB } from '../../base/units.ts';
import { throwIfInterrupted } from '../outcome.ts';

/** Below this, opening twice costs more than the copy. */
const WORTH_IT_BYTES = MiB;
/** How much goes to the disk between two looks at the signal. */
const SLICE_BYTES = 8 * MiB;

/**
 * Creates `path` and writes the whole pages at the start of `body`, as far as that can be done directly.
 * @param body best in memory that starts on a page (`pageAlignedMemory`); it is not copied
 * @returns how many bytes are written: the rest is the caller's to append
 * @throws system errors, `EEXIST` among them; AppError `interrupted`
 */
export async function writePastCache(
  path: string,
  body: Buffer,
  signal: AbortSignal | undefined,
): Promise<number> {
  const wanted = body.length - (body.length % PAGE_BYTES);
  if (platform() !== 'linux' || wanted < WORTH_IT_BYTES || body.byteOffset % PAGE_BYTES !== 0) {
    return 0;
  }
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_DIRECT;
  let at = 0;
  try {
    const handle = await open(path, flags);
    try {
      while (at < wanted) {
        throwIfInterrupted(signal);
        const length = Math.min(SLICE_BYTES, wanted - at);
        at += (await handle.write(body, at, length, at)).bytesWritten;
        // A short write may end inside a page: what follows it could not go directly.
        if (at % PAGE_BYTES !== 0) return at;
      }
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!cannotPassCache(error)) throw error;
  }
  return at;
}
