/**
 * The plain bytes of a version, or of a stretch of it, out of the extents that it is made of.
 * @module
 */
import type { ObjectVersion } from '../model/object-version.ts';
import type { ExtentStore } from '../storage/extent-store.ts';
import type { ByteRange } from './byte-range.ts';

/**
 * @param dataKey stays the caller's, who may wipe it only when the reading has ended
 * @throws S3Error `InternalError` where what is stored was damaged or is gone
 */
export async function* readObject(
  extents: ExtentStore,
  version: Pick<ObjectVersion, 'extents' | 'sizeBytes'>,
  dataKey: Uint8Array,
  range: ByteRange = { start: 0, end: version.sizeBytes },
): AsyncGenerator<Buffer> {
  let extentStart = 0;
  for (const extent of version.extents) {
    const start = Math.max(range.start - extentStart, 0);
    const end = Math.min(range.end - extentStart, extent.sizeBytes);
    extentStart += extent.sizeBytes;
    if (start < end) yield* extents.read(extent, dataKey, { start, end });
    if (extentStart >= range.end) return;
  }
}
