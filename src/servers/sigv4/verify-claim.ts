/**
 * Whether a request was signed by who it says, recently, and for this server.
 * @module
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { canonicalParts, canonicalText } from './canonical-request.ts';
import type { PathEncoding } from './canonical-request.ts';
import { SignatureError } from './signature-error.ts';
import { ALGORITHM, basicTime, scopeOf } from './signed-request.ts';
import type { Claim, SignedRequest } from './signed-request.ts';
import { SigningKey } from './signing-key.ts';
import type { SigningKeys } from './signing-key.ts';

export interface VerifyOptions {
  /** Of the access key that the claim names. */
  readonly secret: string;
  readonly service: string;
  /** Undefined: any. */
  readonly region?: string;
  readonly nowMs: number;
  readonly skewMs: number;
  readonly pathEncoding: PathEncoding;
  /** SHA-256 of the body in hex, for claims without a payload hash. */
  readonly bodyHash?: string;
  /** Without it, each call derives the key anew. */
  readonly keys?: SigningKeys;
}

/**
 * The body is not looked at: whoever reads it compares it with `claim.payloadHash`, or, for a claim without
 * one, has given its hash here.
 * @returns the key for the signatures of chunks that follow
 * @throws SignatureError
 */
export function verifyClaim(
  claim: Claim,
  request: SignedRequest,
  options: VerifyOptions,
): SigningKey {
  verifyTime(claim, options);
  verifyScope(claim, options);
  verifyCoverage(claim, request);
  const payloadHash = claim.payloadHash || options.bodyHash;
  if (!payloadHash) {
    throw new SignatureError('malformed', 'the header x-amz-content-sha256 is missing');
  }
  const key = options.keys
    ? options.keys.of(options.secret, claim)
    : SigningKey.derive(options.secret, claim);
  const parts = canonicalParts(request, claim.signedHeaders, options.pathEncoding);
  const head = `${ALGORITHM}\n${basicTime(claim.timeMs)}\n${scopeOf(claim)}\n`;
  const isRight = parts.paths.some((path) => {
    const text = canonicalText(request.method, path, parts, claim.signedHeaders, payloadHash);
    const hash = createHash('sha256').update(text, 'latin1').digest('hex');
    return isSameSignature(key.sign(head + hash), claim.signature);
  });
  if (!isRight) {
    throw new SignatureError('mismatch', 'the signature is not the one that the secret gives');
  }
  return key;
}

/** Takes as long whatever the difference is. */
export function isSameSignature(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a, 'latin1'), Buffer.from(b, 'latin1')];
  return left.length === right.length && timingSafeEqual(left, right);
}

function verifyTime(claim: Claim, { nowMs, skewMs }: VerifyOptions): void {
  if (claim.timeMs > nowMs + skewMs) {
    throw new SignatureError('skewed', 'the request was signed in the future');
  }
  const validMs = claim.expiresSeconds === undefined ? skewMs : claim.expiresSeconds * 1000;
  if (nowMs <= claim.timeMs + validMs) return;
  throw claim.kind === 'query'
    ? new SignatureError('expired', 'the presigned request has expired')
    : new SignatureError('skewed', 'the request was signed too long ago');
}

function verifyScope(claim: Claim, { service, region }: VerifyOptions): void {
  if (claim.date !== basicTime(claim.timeMs).slice(0, 8)) {
    throw new SignatureError('scope', 'the day in the credential is not that of the request');
  }
  if (claim.service !== service) {
    throw new SignatureError('scope', `the credential is not for the service ${service}`);
  }
  if (region !== undefined && claim.region !== region) {
    throw new SignatureError('scope', `the credential is not for the region ${region}`);
  }
}

/** Otherwise whoever sees a request could send it again with another meaning. */
function verifyCoverage(claim: Claim, request: SignedRequest): void {
  const signed = new Set(claim.signedHeaders);
  if (!signed.has('host')) throw new SignatureError('malformed', 'the header host is not signed');
  for (const name of request.headers.keys()) {
    if (name.startsWith('x-amz-') && !signed.has(name)) {
      throw new SignatureError('malformed', `the header ${printable(name)} is not signed`);
    }
  }
}

function printable(name: string): string {
  return name.slice(0, 64).replaceAll(/[^\x21-\x7e]/g, '?');
}
