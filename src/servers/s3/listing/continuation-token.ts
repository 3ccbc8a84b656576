/**
 * The token that leads from one page of ListObjectsV2 to the next. Clients hand it back as it was.
 *
 * Shape: base64url of version[1] = 1 || check[8] || UTF-8 of the last key or common prefix, where check is the
 * start of the SHA-256 of the rest. The check finds what was cut or made up; it keeps nothing secret, since
 * `start-after` reaches any place, too.
 * @module
 */
import { createHash } from 'node:crypto';
import { S3Error } from '../protocol/s3-error.ts';

const VERSION = 1;
const CHECK_BYTES = 8;
const HEAD_BYTES = 1 + CHECK_BYTES;
/** Of a token for the longest key, 1,024 bytes, with room. */
const LONGEST = 2048;

export function encodeContinuationToken(last: string): string {
  const text = Buffer.from(last);
  return Buffer.concat([Buffer.of(VERSION), checkOf(text), text]).toString('base64url');
}

/** @throws S3Error `InvalidArgument` for what `encodeContinuationToken` did not make */
export function decodeContinuationToken(token: string): string {
  if (token.length <= LONGEST && /^[A-Za-z0-9_-]+$/.test(token)) {
    const bytes = Buffer.from(token, 'base64url');
    const text = bytes.subarray(HEAD_BYTES);
    const isOurs = bytes[0] === VERSION && bytes.subarray(1, HEAD_BYTES).equals(checkOf(text));
    // Only one spelling of the same bytes is ours.
    if (isOurs && bytes.toString('base64url') === token) return text.toString();
  }
  throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect', {
    detail: { ArgumentName: 'continuation-token' },
  });
}

function checkOf(text: Buffer): Buffer {
  return createHash('sha256').update(text).digest().subarray(0, CHECK_BYTES);
}
