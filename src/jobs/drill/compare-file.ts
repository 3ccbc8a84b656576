/**
 * Reads a restored file once more, and the one on this machine's disk where it is the same still.
 * @module
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { sep } from 'node:path';
import { componentsOf, fromPathKey } from '../../files/path.ts';
import type { PathKey } from '../../format/entry.ts';
import type { DrawnFile } from './draw-sample.ts';
import type { OnDisk } from './events.ts';

/** Where a restore without a path puts a file. */
export function restoredPath(target: string, path: PathKey): Buffer {
  const parts = componentsOf(path).flatMap((name) => [Buffer.from(sep), Buffer.from(name)]);
  return Buffer.concat([Buffer.from(target), ...parts]);
}

/** SHA-256 in hex; undefined where there is no such file, or it cannot be read. */
export async function hashFile(path: Buffer, signal?: AbortSignal): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const piece of createReadStream(path, { signal })) hash.update(piece as Buffer);
  } catch (error) {
    signal?.throwIfAborted();
    if (isAboutFile(error)) return undefined;
    throw error;
  }
  return hash.digest('hex');
}

/** @param sha256 of what was restored */
export async function compareWithDisk(
  file: DrawnFile,
  sha256: string,
  signal?: AbortSignal,
): Promise<OnDisk> {
  const path = fromPathKey(file.path);
  const before = await statOf(path);
  if (!before) return 'absent';
  if (before.size !== BigInt(file.size) || before.mtimeNs !== file.mtimeNs) return 'changed';
  const there = await hashFile(path, signal);
  if (there === undefined) return 'absent';
  if (there === sha256) return 'same';
  const after = await statOf(path);
  // Times of contents can be set at will, this one cannot: only a file that nobody touched has to be the same.
  const isUntouched = after?.ctimeNs === file.ctimeNs && before.ctimeNs === file.ctimeNs;
  return isUntouched ? 'differs' : 'changed';
}

async function statOf(path: Buffer) {
  try {
    const found = await lstat(path, { bigint: true });
    return found.isFile() ? found : undefined;
  } catch (error) {
    if (isAboutFile(error)) return undefined;
    throw error;
  }
}

/** An error of the operating system about that file. */
function isAboutFile(error: unknown): boolean {
  return error instanceof Error && 'errno' in error;
}
