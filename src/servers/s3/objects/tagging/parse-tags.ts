/**
 * Tags of objects, and their rules. Source: AWS, "Categorizing your objects using tags".
 * @module
 */
import { S3Error } from '../../protocol/s3-error.ts';

export type Tags = Readonly<Record<string, string>>;

const TAGS_MAX = 10;
const KEY_LENGTH_MAX = 128;
const VALUE_LENGTH_MAX = 256;
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
/** Ten tags, each character escaped as three bytes, all of them outside ASCII. */
const HEADER_LENGTH_MAX = 64 * 1024;

/**
 * Reads `x-amz-tagging`: `name=value&…`, percent-encoded.
 * @throws S3Error `InvalidTag`, `InvalidArgument`
 */
export function readTaggingHeader(header: string | undefined): Tags {
  if (header === undefined || header === '') return {};
  if (header.length > HEADER_LENGTH_MAX) throw malformed();
  const pairs = header.split('&', TAGS_MAX + 1).map((pair): [string, string] => {
    const at = pair.indexOf('=');
    if (at < 0) return [decode(pair), ''];
    return [decode(pair.slice(0, at)), decode(pair.slice(at + 1))];
  });
  return checkedTags(pairs);
}

/** @throws S3Error `InvalidTag` */
export function checkedTags(pairs: readonly (readonly [string, string])[], limit = TAGS_MAX): Tags {
  if (pairs.length > limit) throw invalid(`Object tags cannot be greater than ${limit}`);
  const tags = new Map<string, string>();
  for (const [key, value] of pairs) {
    if (key === '' || key.length > KEY_LENGTH_MAX || !ALLOWED.test(key)) {
      throw invalid('The TagKey you have provided is invalid');
    }
    if (value.length > VALUE_LENGTH_MAX || !ALLOWED.test(value)) {
      throw invalid('The TagValue you have provided is invalid');
    }
    if (key.startsWith('aws:')) throw invalid('System tags cannot be added/updated by requester');
    if (tags.has(key)) throw invalid('Cannot provide multiple Tags with the same key');
    tags.set(key, value);
  }
  return Object.fromEntries(tags);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw malformed();
  }
}

function invalid(message: string): S3Error {
  return new S3Error('InvalidTag', message);
}

function malformed(): S3Error {
  const message = 'The header x-amz-tagging shall be encoded as UTF-8 then URLEncoded.';
  return new S3Error('InvalidArgument', message);
}
