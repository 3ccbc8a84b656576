/**
 * Finds the signature of a request: in its `Authorization` header, or in the query of a presigned URL.
 * @module
 */
import { parseQuery, splitTarget } from './canonical-request.ts';
import type { QueryPair } from './canonical-request.ts';
import { parseTime } from './parse-time.ts';
import { SignatureError } from './signature-error.ts';
import { ALGORITHM, SCOPE_END, UNSIGNED_PAYLOAD } from './signed-request.ts';
import type { Claim, SignedRequest } from './signed-request.ts';

const AUTHORIZATION_MAX = 8192;
const SIGNED_HEADERS_MAX = 100;
/** A week. */
const EXPIRES_SECONDS_MAX = 604_800;
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]{1,128}$/;
const CREDENTIAL =
  /^([\x21-\x2b\x2d\x2e\x30-\x7e]{1,128})\/(\d{8})\/([\w-]{1,64})\/([\w-]{1,64})\/(\w{1,32})$/;

/**
 * @returns undefined where the request is not signed
 * @throws SignatureError `malformed` or `unsupported`
 */
export function readClaim(request: SignedRequest): Claim | undefined {
  const header = request.headers.get('authorization');
  const { query } = splitTarget(request.target);
  const pairs = /X-Amz-|Signature|AWSAccessKeyId|%/.test(query) ? parseQuery(query) : [];
  const isPresigned = pairs.some(
    ({ name }) => name === 'X-Amz-Algorithm' || name === 'X-Amz-Signature',
  );
  if (header !== undefined && isPresigned) {
    throw new SignatureError('malformed', 'a request is signed in its header or in its query');
  }
  if (header !== undefined) return claimOfHeader(request, header);
  if (isPresigned) return claimOfQuery(request, pairs);
  if (pairs.some(({ name }) => name === 'AWSAccessKeyId')) {
    throw new SignatureError('unsupported', 'signature version 2 is not accepted, use version 4');
  }
  return undefined;
}

function claimOfHeader(request: SignedRequest, header: string): Claim {
  const [, scheme, rest] = /^([\w-]{1,64}) +(.+)$/.exec(header) ?? [];
  if (scheme !== ALGORITHM) throw unsupported(scheme);
  if (rest === undefined || rest.length > AUTHORIZATION_MAX) throw malformed('Authorization');
  const fields = new Map<string, string>();
  for (const piece of rest.split(',')) {
    const [, name, value] = /^[ \t]*(\w+)=([^ \t]*)[ \t]*$/.exec(piece) ?? [];
    if (name === undefined || value === undefined || fields.has(name)) {
      throw malformed('Authorization');
    }
    fields.set(name, value);
  }
  if (fields.size !== 3) throw malformed('Authorization');
  const time = request.headers.get('x-amz-date') ?? request.headers.get('date');
  return {
    kind: 'header',
    ...readCredential(fields.get('Credential')),
    signedHeaders: readSignedHeaders(fields.get('SignedHeaders')),
    signature: readSignature(fields.get('Signature')),
    timeMs: readTime(time),
    payloadHash: readPayloadHash(request.headers.get('x-amz-content-sha256') ?? ''),
  };
}

function claimOfQuery(request: SignedRequest, pairs: readonly QueryPair[]): Claim {
  const one = (name: string): string | undefined => {
    const found = pairs.filter((pair) => pair.name === name);
    if (found.length > 1) throw new SignatureError('malformed', `${name} is there twice`);
    return found[0]?.value;
  };
  const algorithm = one('X-Amz-Algorithm');
  if (algorithm !== ALGORITHM) throw unsupported(algorithm);
  const expires = one('X-Amz-Expires') ?? '';
  const expiresSeconds = /^\d{1,6}$/.test(expires) ? Number(expires) : 0;
  if (expiresSeconds < 1 || expiresSeconds > EXPIRES_SECONDS_MAX) {
    throw new SignatureError(
      'malformed',
      `X-Amz-Expires must be from 1 to ${EXPIRES_SECONDS_MAX} seconds`,
    );
  }
  const hash =
    one('X-Amz-Content-Sha256') ??
    one('x-amz-content-sha256') ??
    request.headers.get('x-amz-content-sha256');
  return {
    kind: 'query',
    ...readCredential(one('X-Amz-Credential')),
    signedHeaders: readSignedHeaders(one('X-Amz-SignedHeaders')),
    signature: readSignature(one('X-Amz-Signature')),
    timeMs: readTime(one('X-Amz-Date')),
    expiresSeconds,
    payloadHash: readPayloadHash(hash ?? UNSIGNED_PAYLOAD),
  };
}

function readCredential(
  text: string | undefined,
): Pick<Claim, 'accessKeyId' | 'date' | 'region' | 'service'> {
  const [, accessKeyId, date, region, service, end] = CREDENTIAL.exec(text ?? '') ?? [];
  if (!accessKeyId || !date || !region || !service) throw malformed('credential');
  if (end !== SCOPE_END) throw new SignatureError('scope', `a scope ends in ${SCOPE_END}`);
  return { accessKeyId, date, region, service };
}

function readSignedHeaders(text: string | undefined): string[] {
  const names = (text ?? '').split(';', SIGNED_HEADERS_MAX + 1);
  const isFine =
    names.length <= SIGNED_HEADERS_MAX &&
    names.every((name) => HEADER_NAME.test(name)) &&
    new Set(names).size === names.length;
  if (!isFine) throw malformed('list of signed headers');
  return names;
}

function readSignature(text: string | undefined): string {
  if (!/^[0-9a-f]{64}$/.test(text ?? '')) throw malformed('signature');
  return text as string;
}

function readTime(text: string | undefined): number {
  const timeMs = text === undefined ? undefined : parseTime(text);
  if (timeMs === undefined) throw malformed('date');
  return timeMs;
}

/** Which values mean what is the server's business. */
function readPayloadHash(text: string): string {
  if (!/^[\w-]{0,64}$/.test(text)) throw malformed('payload hash');
  return text;
}

function malformed(what: string): SignatureError {
  return new SignatureError('malformed', `the ${what} of the signature is missing or malformed`);
}

function unsupported(scheme: string | undefined): SignatureError {
  if (scheme === undefined) return malformed('Authorization');
  return new SignatureError('unsupported', `only ${ALGORITHM} is accepted`);
}
