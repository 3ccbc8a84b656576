/**
 * Secrets from a file that only its owner can read.
 * @module
 */
import { open, type FileHandle } from 'node:fs/promises';
import { AppError, messageOf } from '../../base/failure.ts';

/** Twenty-four numbered words are far below this. */
const SECRET_FILE_BYTES_MAX = 4096;

const OTHERS_CAN_READ = 0o077;

/** The text of a secret file, for words or a passphrase: as `readSecretBytes`. */
export async function readSecretFile(path: string, uid: number | undefined): Promise<string> {
  const bytes = await readSecretBytes(path, uid);
  try {
    return bytes.toString('utf8');
  } finally {
    bytes.fill(0);
  }
}

/**
 * What a secret file holds. A pipe (`<(pass show …)`) will do. The caller wipes it.
 *
 * @param uid who runs this, or undefined where files have no numeric owners (Windows)
 * @throws AppError `keys/source` where others can read it, it is another user's, too big or not
 * readable
 */
export async function readSecretBytes(path: string, uid: number | undefined): Promise<Buffer> {
  await using file = await openSecret(path);
  const { mode, uid: owner } = await file.stat();
  if (uid !== undefined && (mode & OTHERS_CAN_READ) !== 0) {
    throw new AppError('keys/source', `others can read ${path}`, { hint: `chmod 600 ${path}` });
  }
  if (uid !== undefined && owner !== uid) {
    throw new AppError('keys/source', `${path} belongs to another user`, {
      hint: 'whoever owns the file knows the secret: use a copy that is yours',
    });
  }
  return await readBounded(file, path);
}

async function openSecret(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function readBounded(file: FileHandle, path: string): Promise<Buffer> {
  const buffer = Buffer.alloc(SECRET_FILE_BYTES_MAX + 1);
  try {
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
      length += bytesRead;
      if (bytesRead === 0 || length === buffer.length) break;
    }
    if (length > SECRET_FILE_BYTES_MAX) {
      throw new AppError('keys/source', `${path} is too big to hold a secret`);
    }
    return Buffer.from(buffer.subarray(0, length));
  } catch (error) {
    throw error instanceof AppError ? error : unreadable(path, error);
  } finally {
    buffer.fill(0);
  }
}

function unreadable(path: string, cause: unknown): AppError {
  return new AppError('keys/source', `cannot read ${path}: ${messageOf(cause)}`, { cause });
}
