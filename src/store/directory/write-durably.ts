/**
 * Writes a file that appears whole or not at all, and survives a power cut once written: a
 * temporary file in the same folder, its content synced, then renamed, then the folder synced.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { MiB } from '../../base/units.ts';
import type { Throttle } from '../limit.ts';
import { TEMPORARY_PREFIX } from '../object-key.ts';
import { throwIfInterrupted } from '../outcome.ts';
import { publish, publishOnce } from './publish.ts';
import { syncFolder } from './vault-folder.ts';
import { writePastCache } from './write-past-cache.ts';

export interface WriteOptions {
  readonly ifAbsent: boolean;
  readonly signal: AbortSignal | undefined;
  readonly throttle: Throttle | undefined;
}

/** How much goes to the kernel between two looks at the signal. */
const SLICE_BYTES = 8 * MiB;
/** The file may have been begun past the cache; nobody else knows its name. */
const FLAGS = constants.O_WRONLY | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);

/**
 * Writes `body` (which may lie in shared memory; it is not copied) to `folder/name`.
 * @throws system errors, `EEXIST` among them where `ifAbsent`; AppError `interrupted`
 */
export async function writeDurably(
  folder: string,
  name: string,
  body: Buffer,
  options: WriteOptions,
): Promise<void> {
  const temporary = join(folder, `${TEMPORARY_PREFIX}${randomBytes(12).toString('hex')}`);
  try {
    const { signal, throttle } = options;
    const written = throttle ? 0 : await writePastCache(temporary, body, signal);
    const handle = await open(temporary, FLAGS);
    try {
      await writeFrom(written, handle, body, options);
      // A new file's size counts as needed to read it, so that this syncs it with the content.
      await handle.datasync();
    } finally {
      await handle.close();
    }
    throwIfInterrupted(options.signal);
    await (options.ifAbsent ? publishOnce : publish)(temporary, folder, name);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncFolder(folder);
}

async function writeFrom(
  start: number,
  handle: FileHandle,
  body: Buffer,
  options: WriteOptions,
): Promise<void> {
  const { throttle, signal } = options;
  const slice = throttle?.sliceBytes ?? SLICE_BYTES;
  let at = start;
  while (at < body.length) {
    throwIfInterrupted(signal);
    const length = Math.min(slice, body.length - at);
    await throttle?.take(length, signal);
    at += (await handle.write(body, at, length, at)).bytesWritten;
  }
}
