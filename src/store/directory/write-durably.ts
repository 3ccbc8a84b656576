/**
 * Writes a file that appears whole or not at all, and survives a power cut once written: a temporary file
 * in the same folder, its content synced, then renamed, then the folder synced.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { link, lstat, open, rename, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { platform } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../base/failure.ts';
import { MiB } from '../../base/units.ts';
import type { Throttle } from '../limit.ts';
import { TEMPORARY_PREFIX } from '../object-key.ts';
import { throwIfInterrupted } from '../outcome.ts';
import { systemCode } from './system-failure.ts';
import { ignoring, syncFolder } from './vault-folder.ts';

export interface WriteOptions {
  readonly ifAbsent: boolean;
  readonly signal: AbortSignal | undefined;
  readonly throttle: Throttle | undefined;
}

/** How much goes to the kernel between two looks at the signal. */
const SLICE_BYTES = 8 * MiB;

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
    const handle = await open(temporary, 'wx');
    try {
      await writeAll(handle, body, options);
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

async function writeAll(handle: FileHandle, body: Buffer, options: WriteOptions): Promise<void> {
  const { throttle, signal } = options;
  const slice = throttle?.sliceBytes ?? SLICE_BYTES;
  let at = 0;
  while (at < body.length) {
    throwIfInterrupted(signal);
    const length = Math.min(slice, body.length - at);
    await throttle?.take(length, signal);
    at += (await handle.write(body, at, length, at)).bytesWritten;
  }
}

/** Windows refuses to replace a file that somebody has open: a reader is soon done. */
async function publish(temporary: string, folder: string, name: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await rename(temporary, join(folder, name));
      return;
    } catch (error) {
      const busy = ['EPERM', 'EACCES', 'EBUSY'].includes(systemCode(error));
      if (!busy || platform() !== 'win32' || attempt === 5) throw error;
      await delay(20 * 2 ** attempt);
    }
  }
}

/** A hard link fails where the name is taken, atomically. */
async function publishOnce(temporary: string, folder: string, name: string): Promise<void> {
  try {
    await link(temporary, join(folder, name));
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(systemCode(error))) throw error;
    await publishMarked(temporary, folder, name);
    return;
  }
  await unlink(temporary);
}

/** Without hard links (exFAT, some FUSE): a marker keeps the second writer out between look and rename. */
async function publishMarked(temporary: string, folder: string, name: string): Promise<void> {
  const marker = join(folder, `${TEMPORARY_PREFIX}once-${name}`);
  const handle = await open(marker, 'wx').catch((error: unknown) => {
    if (systemCode(error) !== 'EEXIST') throw error;
    throw new AppError('store/unavailable', `somebody else is writing ${name}`, { retry: 'soon' });
  });
  try {
    const there = await lstat(join(folder, name)).catch(ignoring('ENOENT'));
    if (there) throw Object.assign(new Error(`${name} exists`), { code: 'EEXIST' });
    await rename(temporary, join(folder, name));
  } finally {
    await handle.close();
    await unlink(marker).catch(() => undefined);
  }
}
