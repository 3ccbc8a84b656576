/**
 * Files that say: the folder they stand in is not worth a backup.
 * @module
 */
import { closeSync, readSync } from 'node:fs';
import { openEntryFile } from '../read/open-entry-file.ts';

/** Source: the Cache Directory Tagging Specification, https://bford.info/cachedir/ */
export const CACHE_TAG_NAME = 'CACHEDIR.TAG';
const CACHE_TAG_SIGNATURE = Buffer.from('Signature: 8a477f597d28d172789f06886806bc55');

/** True where `osPath` is a regular file that starts with the signature of a cache folder's tag. */
export function isCacheTag(osPath: Buffer): boolean {
  const start = Buffer.alloc(CACHE_TAG_SIGNATURE.length);
  try {
    const fd = openEntryFile(osPath);
    try {
      return (
        readSync(fd, start, 0, start.length, 0) === start.length &&
        start.equals(CACHE_TAG_SIGNATURE)
      );
    } finally {
      closeSync(fd);
    }
  } catch {
    // What can't be read marks nothing; the walk reports it when it comes to the file itself.
    return false;
  }
}
