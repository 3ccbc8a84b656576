/**
 * Reads an extent: whatever is yielded was verified before.
 * @module
 */
import type { KeyObject } from 'node:crypto';
import type { Extent } from '../model/object-version.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { openSegment } from './sealing/open-segment.ts';
import type { SealedSource } from './sealed-source.ts';
import {
  SEALED_SEGMENT_BYTES,
  SEGMENT_BYTES,
  sealedBytes,
  segmentCount,
} from './sealing/segments.ts';

/** How many segments come with one read; the next read is under way meanwhile. */
const SEGMENTS_AT_ONCE = 8;

export interface PlainRange {
  readonly start: number;
  /** Not included. */
  readonly end: number;
}

export interface ReadRequest {
  readonly extent: Extent;
  readonly key: KeyObject;
  readonly range: PlainRange;
}

/** Segments that come with one read. */
interface Batch {
  readonly first: number;
  readonly count: number;
}

/**
 * @param openSource called when the first bytes are asked for
 * @throws S3Error `InternalError` where something is missing or was changed
 */
export async function* readExtent(
  request: ReadRequest,
  openSource: () => Promise<SealedSource | undefined>,
): AsyncGenerator<Buffer> {
  const { extent } = request;
  const source = await openSource();
  if (source === undefined) throw damaged(extent, 'is missing');
  let next: Promise<Buffer | undefined> | undefined;
  try {
    if (extent.storedBytes !== sealedBytes(extent.sizeBytes))
      throw damaged(extent, 'has another size than its object says');
    const batches = batchesOf(request);
    let batch = batches.next().value;
    next = batch && readAhead(source, extent, batch);
    while (batch !== undefined) {
      const sealed = await next;
      if (sealed === undefined) throw damaged(extent, 'was cut short');
      const following = batches.next().value;
      next = following && readAhead(source, extent, following);
      yield* openBatch(request, batch, sealed);
      batch = following;
    }
  } finally {
    await next?.catch(() => undefined);
    await source.close();
  }
}

/**
 * What is kept in the catalog, and is one segment.
 * @param sealed all of it; undefined: it is not there
 * @throws S3Error as `readExtent`
 */
export function openInlineExtent(request: ReadRequest, sealed: Buffer | undefined): Buffer {
  const { extent } = request;
  if (sealed === undefined) throw damaged(extent, 'is missing');
  const { storedBytes, sizeBytes } = extent;
  if (sealed.length !== storedBytes || storedBytes !== sealedBytes(sizeBytes))
    throw damaged(extent, 'has another size than its object says');
  const [plain] = openBatch(request, { first: 0, count: 1 }, sealed);
  return plain ?? Buffer.alloc(0);
}

/** An empty extent has a segment, too: it is verified where all of it is asked for. */
function* batchesOf({ extent, range }: ReadRequest): Generator<Batch, undefined> {
  if (range.start >= range.end && extent.sizeBytes > 0) return;
  const end = Math.max(1, Math.ceil(range.end / SEGMENT_BYTES));
  const start = Math.floor(range.start / SEGMENT_BYTES);
  for (let first = start; first < end; first += SEGMENTS_AT_ONCE)
    yield { first, count: Math.min(SEGMENTS_AT_ONCE, end - first) };
}

function readAhead(
  source: SealedSource,
  extent: Extent,
  { first, count }: Batch,
): Promise<Buffer | undefined> {
  const position = first * SEALED_SEGMENT_BYTES;
  const end = Math.min(position + count * SEALED_SEGMENT_BYTES, extent.storedBytes);
  const reading = source.read(position, end - position);
  // Whoever waits for it sees the error; nobody may.
  reading.catch(() => undefined);
  return reading;
}

function* openBatch(
  { extent, key, range }: ReadRequest,
  { first, count }: Batch,
  sealed: Buffer,
): Generator<Buffer> {
  const last = segmentCount(extent.sizeBytes) - 1;
  for (let i = 0; i < count; i++) {
    const number = first + i;
    const bytes = sealed.subarray(i * SEALED_SEGMENT_BYTES, (i + 1) * SEALED_SEGMENT_BYTES);
    const plain = openSegment(key, bytes, { number, isLast: number === last });
    if (plain === undefined) throw damaged(extent, 'is not what was written');
    const at = number * SEGMENT_BYTES;
    const wanted = plain.subarray(Math.max(0, range.start - at), range.end - at);
    if (wanted.length > 0) yield wanted;
  }
}

function damaged({ id }: Extent, what: string): S3Error {
  return new S3Error('InternalError', `Stored data of the object is damaged: ${id} ${what}`);
}
