/**
 * Gives a finished temporary file its name, in one step.
 * @module
 */
import { link, lstat, open, rename, unlink } from 'node:fs/promises';
import { platform } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, systemCode } from '../../base/failure.ts';
import { TEMPORARY_PREFIX } from '../object-key.ts';
import { ignoring } from './vault-folder.ts';

/**
 * Replaces what has the name. Windows refuses that while somebody has it open: a reader is soon
 * done.
 * @throws system errors
 */
export async function publish(temporary: string, folder: string, name: string): Promise<void> {
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

/**
 * Takes the name only where it is free: a hard link fails otherwise, atomically.
 * @throws system errors, `EEXIST` where the name is taken; AppError `store/unavailable`
 */
export async function publishOnce(temporary: string, folder: string, name: string): Promise<void> {
  try {
    await link(temporary, join(folder, name));
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(systemCode(error))) throw error;
    await publishMarked(temporary, folder, name);
    return;
  }
  await unlink(temporary);
}

/**
 * As `publishOnce`, where there are no hard links (exFAT, some FUSE): a marker keeps a second
 * writer out between the look and the rename. A marker that a crash left is removed by `sweep`.
 */
export async function publishMarked(
  temporary: string,
  folder: string,
  name: string,
): Promise<void> {
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
