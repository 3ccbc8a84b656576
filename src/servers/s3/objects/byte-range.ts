/**
 * The stretch of an object that a request asks for. Source: RFC 9110, 14; AWS, "GetObject".
 * @module
 */
import { S3Error } from '../protocol/s3-error.ts';

/** `end` is not included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a `Range` header. Undefined means the whole object: also for several ranges and for what is
 * no range, as AWS does.
 * @throws S3Error `InvalidRange` for a range that is past the end
 */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  const found = /^bytes=(\d{0,16})-(\d{0,16})$/.exec(header?.trim() ?? '');
  if (found === null || header === undefined) return undefined;
  const [, first = '', last = ''] = found;
  if (first === '' && last === '') return undefined;
  if (first === '') {
    // The last bytes; more than there are means all.
    const start = Math.max(sizeBytes - Number(last), 0);
    if (start >= sizeBytes) throw unsatisfiable(header, sizeBytes);
    return { start, end: sizeBytes };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= sizeBytes) throw unsatisfiable(header, sizeBytes);
  return { start, end: last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes) };
}

/** `bytes 0-9/10` */
export function contentRange(range: ByteRange, sizeBytes: number): string {
  return `bytes ${range.start}-${range.end - 1}/${sizeBytes}`;
}

function unsatisfiable(header: string, sizeBytes: number): S3Error {
  return new S3Error('InvalidRange', 'The requested range is not satisfiable', {
    detail: { RangeRequested: header, ActualObjectSize: String(sizeBytes) },
    headers: { 'content-range': `bytes */${sizeBytes}` },
  });
}
