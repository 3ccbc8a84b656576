/**
 * Requests that hold only while an object is, or is not, what the client thinks it is.
 * Source: RFC 9110, 13; AWS, "Add preconditions to S3 operations with conditional requests".
 * @module
 */
import type { ObjectVersion } from '../model/object-version.ts';
import type { Call } from '../protocol/operation.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { noSuchKey } from './find-version.ts';
import { parseHttpDate, wholeSeconds } from './http-date.ts';

type Outcome = 'holds' | 'not-modified' | { readonly failed: string };

/** Where an object can be named as `*`. */
type Tagged = Pick<ObjectVersion, 'etag' | 'modifiedMs'>;

/**
 * `If-Match`, `If-None-Match`, `If-Modified-Since`, `If-Unmodified-Since` of GET and HEAD.
 * @param headersOf gives those of the answer that a 304 carries as well; asked only for one
 * @throws S3Error `PreconditionFailed`, `NotModified`
 */
export function assertReadable(
  call: Pick<Call, 'headers'>,
  version: Tagged,
  headersOf: () => Readonly<Record<string, string>> = () => ({}),
): void {
  const outcome = judge(call, version, '');
  if (outcome === 'holds') return;
  if (outcome === 'not-modified')
    throw new S3Error('NotModified', 'Not Modified', { headers: headersOf() });
  throw failed(outcome.failed);
}

/**
 * `x-amz-copy-source-if-…` of CopyObject and UploadPartCopy.
 * @throws S3Error `PreconditionFailed`
 */
export function assertCopyable(call: Pick<Call, 'headers'>, source: Tagged): void {
  const outcome = judge(call, source, 'x-amz-copy-source-');
  if (outcome === 'holds') return;
  throw failed(outcome === 'not-modified' ? 'x-amz-copy-source-If-None-Match' : outcome.failed);
}

function judge(call: Pick<Call, 'headers'>, version: Tagged, prefix: string): Outcome {
  const header = (name: string) => call.headers[`${prefix}${name}`];
  const match = header('if-match');
  const unmodified = parseHttpDate(header('if-unmodified-since'));
  const modifiedMs = wholeSeconds(version.modifiedMs);
  // A tag says more than a date: where both are there, the date is not asked.
  if (match !== undefined) {
    if (!matches(match, version.etag)) return { failed: `${prefix}If-Match` };
  } else if (unmodified !== undefined && modifiedMs > unmodified) {
    return { failed: `${prefix}If-Unmodified-Since` };
  }
  const noneMatch = header('if-none-match');
  if (noneMatch !== undefined) return matches(noneMatch, version.etag) ? 'not-modified' : 'holds';
  const modified = parseHttpDate(header('if-modified-since'));
  return modified !== undefined && modifiedMs <= modified ? 'not-modified' : 'holds';
}

/** What a write asks of the key that it writes to. */
export interface WriteCondition {
  /**
   * To be called before the body is read, and again inside the transaction that changes the key.
   * @param current the latest version of the key, a delete marker included
   * @throws S3Error `PreconditionFailed`; `NoSuchKey` where the object to match is not there, or
   * `ConditionalRequestConflict` where it has gone since
   */
  check(current: ObjectVersion | undefined): void;
}

/**
 * `If-None-Match: *` and `If-Match` of PutObject, CopyObject, CompleteMultipartUpload and
 * DeleteObject.
 * @throws S3Error `NotImplemented` for other forms of `If-None-Match`
 */
export function readWriteCondition(call: Pick<Call, 'headers' | 'key'>): WriteCondition {
  const match = call.headers['if-match'];
  const noneMatch = call.headers['if-none-match'];
  if (noneMatch !== undefined && noneMatch.trim() !== '*') {
    const message = 'A header you provided implies functionality that is not implemented';
    throw new S3Error('NotImplemented', message, { detail: { Header: 'If-None-Match' } });
  }
  let hasMatched = false;
  const check = (current: ObjectVersion | undefined): void => {
    const present = current === undefined || current.isDeleteMarker ? undefined : current;
    if (noneMatch !== undefined && present !== undefined) throw failed('If-None-Match');
    if (match === undefined) return;
    if (present === undefined) throw hasMatched ? gone() : noSuchKey(call.key);
    if (!matches(match, present.etag)) throw failed('If-Match');
    hasMatched = true;
  };
  return { check };
}

/**
 * Whether a list of tags (`"a", W/"b"`, or `*`) names `etag`. Tags without quotes are taken as
 * well, as AWS does.
 */
export function matches(list: string, etag: string): boolean {
  return list.split(',').some((one) => {
    const tag = one.trim();
    return tag === '*' || tag.replace(/^W\//, '').replace(/^"(.*)"$/, '$1') === etag;
  });
}

function failed(condition: string): S3Error {
  const message = 'At least one of the pre-conditions you specified did not hold';
  return new S3Error('PreconditionFailed', message, { detail: { Condition: condition } });
}

function gone(): S3Error {
  const message = 'The conditional request cannot succeed due to a conflicting operation.';
  return new S3Error('ConditionalRequestConflict', message);
}
