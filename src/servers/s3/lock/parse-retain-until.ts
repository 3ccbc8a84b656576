/**
 * The date until which an object is kept, as clients write it.
 * @module
 */
import { S3Error } from '../protocol/s3-error.ts';

/** 100 years, as AWS's. */
const RETENTION_MS_MAX = 36_525 * 86_400_000;

const ISO_8601 = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d))?$/;

/**
 * Reads an ISO 8601 time with its zone, or a date (midnight UTC). It must lie in the next 100 years.
 * @throws S3Error `InvalidArgument`
 */
export function parseRetainUntil(text: string, nowMs: number): number {
  const timeMs = ISO_8601.test(text) ? Date.parse(withColon(text)) : Number.NaN;
  if (Number.isNaN(timeMs)) {
    throw new S3Error(
      'InvalidArgument',
      'The retain until date must be provided in ISO 8601 format',
    );
  }
  if (timeMs <= nowMs) {
    throw new S3Error('InvalidArgument', 'The retain until date must be in the future!');
  }
  if (timeMs - nowMs <= RETENTION_MS_MAX) return timeMs;
  throw new S3Error('InvalidArgument', 'The retain until date must be within 100 years');
}

/** `+0100` is ISO 8601, too, but `Date.parse` may not know it. */
function withColon(text: string): string {
  return text.replace(/(T.*[+-]\d\d)(\d\d)$/, '$1:$2');
}
