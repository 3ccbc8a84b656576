/**
 * New files for keys and certificates.
 * @module
 */
import { open, type FileHandle } from 'node:fs/promises';
import { AppError, messageOf } from '../../../../base/failure.ts';

/**
 * Makes a file that was not there, durable when this returns. Nothing is ever overwritten.
 * @throws AppError `files/write`
 */
export async function writeNewFile(path: string, text: string, mode: number): Promise<void> {
  await using file = await openNew(path, mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } catch (cause) {
    throw new AppError('files/write', `cannot write ${path}: ${messageOf(cause)}`, { cause });
  }
}

async function openNew(path: string, mode: number): Promise<FileHandle> {
  try {
    return await open(path, 'wx', mode);
  } catch (cause) {
    const isThere = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    throw new AppError(
      'files/write',
      isThere ? `${path} is there already` : `cannot write ${path}: ${messageOf(cause)}`,
      { cause, ...(isThere && { hint: 'nothing is overwritten: give another name' }) },
    );
  }
}
