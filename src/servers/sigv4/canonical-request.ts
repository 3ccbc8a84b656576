/**
 * The one text that stands for a request: client and server hash it and must come to the same.
 * Source: AWS, "Create a signed AWS API request", step 1, and for S3 "Signature calculations for the
 * Authorization header".
 * @module
 */
import { percentDecode, percentEncode, percentEncodePath } from './percent-encoding.ts';
import { SignatureError } from './signature-error.ts';
import type { SignedRequest } from './signed-request.ts';

/** S3 takes paths as they are; all other services normalise them and encode them once more. */
export type PathEncoding = 's3' | 'plain';

/** What a canonical request is put together from, beside method and payload hash. */
export interface CanonicalParts {
  /** All forms of the path that a client may have signed; they all decode to the same path. */
  readonly paths: readonly string[];
  readonly query: string;
  readonly headers: string;
}

export interface QueryPair {
  /** Decoded; one byte a character. */
  readonly name: string;
  readonly value: string;
}

/** More are refused: nobody sends them, and each costs work before the signature is known to be right. */
const QUERY_PAIRS_MAX = 256;

/** @throws SignatureError `malformed`, or `mismatch` where a signed header is not there */
export function canonicalParts(
  request: SignedRequest,
  signedHeaders: readonly string[],
  encoding: PathEncoding,
): CanonicalParts {
  const { path, query } = splitTarget(request.target);
  return {
    paths: encoding === 's3' ? s3Paths(path) : [plainPath(path)],
    query: canonicalQuery(query),
    headers: canonicalHeaders(request, signedHeaders),
  };
}

/** Hashed as `latin1`. */
export function canonicalText(
  method: string,
  path: string,
  parts: CanonicalParts,
  signedHeaders: readonly string[],
  payloadHash: string,
): string {
  const { query, headers } = parts;
  return `${method}\n${path}\n${query}\n${headers}\n${signedHeaders.join(';')}\n${payloadHash}`;
}

export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const mark = target.indexOf('?');
  if (mark === -1) return { path: target, query: '' };
  return { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

/**
 * The parameters in the order they came. A `+` is a space, as in forms.
 * @throws SignatureError `malformed`
 */
export function parseQuery(query: string): QueryPair[] {
  if (query === '') return [];
  const pieces = query.split('&', QUERY_PAIRS_MAX + 1).filter((piece) => piece !== '');
  if (pieces.length > QUERY_PAIRS_MAX) {
    throw new SignatureError('malformed', 'the address has too many query parameters');
  }
  return pieces.map((piece) => {
    const text = piece.replaceAll('+', ' ');
    const equals = text.indexOf('=');
    if (equals === -1) return { name: percentDecode(text), value: '' };
    return {
      name: percentDecode(text.slice(0, equals)),
      value: percentDecode(text.slice(equals + 1)),
    };
  });
}

/** Sorted by name, then by value; the signature itself left out. */
function canonicalQuery(query: string): string {
  if (query === '') return '';
  const pairs = parseQuery(query)
    .filter(({ name }) => name !== 'X-Amz-Signature')
    .map(({ name, value }) => ({ name: percentEncode(name), value: percentEncode(value) }));
  pairs.sort((a, b) => compareText(a.name, b.name) || compareText(a.value, b.value));
  return pairs.map(({ name, value }) => `${name}=${value}`).join('&');
}

function canonicalHeaders(request: SignedRequest, signedHeaders: readonly string[]): string {
  let text = '';
  for (const name of signedHeaders) {
    const value = request.headers.get(name);
    if (value === undefined) {
      throw new SignatureError('mismatch', `the signed header ${name} was not sent`);
    }
    text += `${name}:${foldSpaces(value)}\n`;
  }
  return text;
}

/** Only ASCII blanks: 0xA0 is part of many characters in UTF-8. */
function foldSpaces(value: string): string {
  return value.replaceAll(/[ \t]+/g, ' ').replace(/^ | $/g, '');
}

/**
 * As it came, which is what SDKs sign; encoded as the rules say, for clients that sign so and send it less
 * encoded (`(`, `!`, `+`); and that with `%2F` for a slash left or decoded.
 */
function s3Paths(path: string): string[] {
  if (path === '') return ['/'];
  if (/^[A-Za-z0-9\-._~/]*$/.test(path)) return [path];
  const decoded = percentEncodePath(percentDecode(path));
  if (decoded === path) return [path];
  const slashesLeft = path.split(/%2f/i).map((piece) => percentEncodePath(percentDecode(piece)));
  return [...new Set([path, decoded, slashesLeft.join('%2F')])];
}

function plainPath(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  const end = kept.length > 0 && path.endsWith('/') ? '/' : '';
  return percentEncodePath(`/${kept.join('/')}${end}`);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
