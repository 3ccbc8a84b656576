/**
 * Names an extent that was written in the catalog, or takes it away again.
 * @module
 */
import type { Extent } from '../../model/object-version.ts';
import type { Backend } from '../../protocol/operation.ts';
import { S3Error } from '../../protocol/s3-error.ts';

/**
 * @param commit runs in a transaction and makes the entry that names `extent`
 * @throws whatever `commit` throws, and what `Catalog.write` does
 */
export async function commitExtent<T>(
  { catalog, extents }: Pick<Backend, 'catalog' | 'extents'>,
  extent: Extent,
  commit: () => T,
): Promise<T> {
  try {
    return await catalog.write(commit);
  } catch (error) {
    // It was refused, or there was no room: no entry names it. An error of the disk itself leaves
    // open whether the entry will be there after a restart, and what it replaced will be gone: then
    // the extent must be there, too. Where it is not named after all, the sweep at the next start
    // takes it.
    if (error instanceof S3Error) await extents.discard(extent).catch(() => undefined);
    throw error;
  }
}
