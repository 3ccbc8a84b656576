/**
 * The stretch of an object that a GET or HEAD is about: all of it, a range, or what was one part of
 * its upload.
 * @module
 */
import type { ObjectPart, ObjectVersion } from '../../model/object-version.ts';
import type { Call } from '../../protocol/operation.ts';
import { S3Error } from '../../protocol/s3-error.ts';
import { parseRange } from '../byte-range.ts';
import type { ByteRange } from '../byte-range.ts';
import { parseHttpDate, wholeSeconds } from '../http-date.ts';
import { matches } from '../preconditions.ts';

export interface Stretch {
  readonly range: ByteRange;
  /** 206, with `Content-Range`. */
  readonly isPartial: boolean;
  /** Where `partNumber` named one of an object that was uploaded in parts. */
  readonly part?: ObjectPart | undefined;
}

const PART_MAX = 10_000;

/** @throws S3Error `InvalidRange`, `InvalidPartNumber`, `InvalidRequest`, `InvalidArgument` */
export function selectStretch(call: Call, version: ObjectVersion): Stretch {
  const number = call.query.get('partNumber');
  const header = call.headers['range'];
  if (number !== undefined) {
    if (header === undefined) return partStretch(number, version);
    const message = 'Cannot specify both Range header and partNumber query parameter';
    throw new S3Error('InvalidRequest', message);
  }
  const whole = { start: 0, end: version.sizeBytes };
  if (!isStillThat(call.headers['if-range'], version)) return { range: whole, isPartial: false };
  const range = parseRange(header, version.sizeBytes);
  return range === undefined ? { range: whole, isPartial: false } : { range, isPartial: true };
}

/** `If-Range`: a client that has a half of what was there before gets all of what is there now. */
function isStillThat(validator: string | undefined, version: ObjectVersion): boolean {
  if (validator === undefined) return true;
  if (validator.includes('"')) return matches(validator, version.etag);
  return parseHttpDate(validator) === wholeSeconds(version.modifiedMs);
}

function partStretch(text: string, version: ObjectVersion): Stretch {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > PART_MAX) {
    const message = `Part number must be an integer between 1 and ${PART_MAX}, inclusive`;
    throw new S3Error('InvalidArgument', message, {
      detail: { ArgumentName: 'partNumber', ArgumentValue: text },
    });
  }
  const { parts, sizeBytes } = version;
  if (parts === undefined) {
    if (number !== 1) throw noSuchPart(number, 1);
    return { range: { start: 0, end: sizeBytes }, isPartial: sizeBytes > 0 };
  }
  let start = 0;
  for (const part of parts) {
    const end = start + part.sizeBytes;
    if (part.number === number) return { range: { start, end }, isPartial: end > start, part };
    start = end;
  }
  throw noSuchPart(number, parts.length);
}

function noSuchPart(number: number, count: number): S3Error {
  return new S3Error('InvalidPartNumber', 'The requested partnumber is not satisfiable', {
    detail: { PartNumberRequested: String(number), ActualPartCount: String(count) },
  });
}
