/**
 * Who sent a request: SigV4 over its head and the hash of its body.
 * @module
 */
import { createHash } from 'node:crypto';
import type { RequestHead } from '../../http/signed-request.ts';
import { readClaim } from '../../sigv4/read-claim.ts';
import type { Claim } from '../../sigv4/signed-request.ts';
import type { SigningKeys } from '../../sigv4/signing-key.ts';
import { isSameSignature, verifyClaim } from '../../sigv4/verify-claim.ts';
import type { AccessKeys, NewAccessKey } from '../access/access-keys.ts';
import type { KmsPrincipal } from '../call.ts';
import { KmsError } from '../kms-error.ts';

/** As AWS KMS has it. */
const SKEW_MS = 5 * 60_000;

/** A request whose signature has yet to be verified. */
export interface Candidate {
  readonly claim: Claim;
  readonly key: NewAccessKey;
}

/**
 * What can be said before the body is there, so that strangers cannot make us read theirs.
 * @throws KmsError `MissingAuthenticationTokenException`, `IncompleteSignatureException`,
 * `UnrecognizedClientException`; SignatureError
 */
export function findCandidate(claim: Claim | undefined, accessKeys: AccessKeys): Candidate {
  if (claim === undefined) {
    const message = 'the request is not signed';
    throw new KmsError('MissingAuthenticationTokenException', message);
  }
  if (claim.kind === 'query') {
    // Its body would not be signed.
    const message = 'the signature has to be in the Authorization header';
    throw new KmsError('IncompleteSignatureException', message);
  }
  const key = accessKeys.find(claim.accessKeyId);
  if (key !== undefined) return { claim, key };
  const message = 'The security token included in the request is invalid.';
  throw new KmsError('UnrecognizedClientException', message);
}

/** What verifying needs beside the request. */
export interface Verifier {
  readonly region: string;
  readonly nowMs: number;
  readonly signingKeys: SigningKeys;
}

/**
 * The claim of a request, if it makes one.
 * @throws KmsError `UnrecognizedClientException` for a session token: this server gives none; SignatureError
 */
export function claimOf(head: RequestHead): Claim | undefined {
  if (head.headers.has('x-amz-security-token')) {
    const message = 'The security token included in the request is invalid.';
    throw new KmsError('UnrecognizedClientException', message);
  }
  return readClaim(head);
}

/**
 * @returns who signed it
 * @throws SignatureError; KmsError `InvalidSignatureException` where the body is not the one that was signed
 */
export function verifyCandidate(
  { claim, key }: Candidate,
  head: RequestHead,
  body: Buffer,
  { region, nowMs, signingKeys }: Verifier,
): KmsPrincipal {
  const bodyHash = createHash('sha256').update(body).digest('hex');
  if (claim.payloadHash !== '' && !isSameSignature(claim.payloadHash, bodyHash)) {
    const message = 'the header x-amz-content-sha256 is not the SHA-256 of the body';
    throw new KmsError('InvalidSignatureException', message);
  }
  verifyClaim(claim, head, {
    secret: key.secret,
    service: 'kms',
    region,
    nowMs,
    skewMs: SKEW_MS,
    pathEncoding: 'plain',
    bodyHash,
    keys: signingKeys,
  });
  const { accessKeyId, name, operations, keyIds } = key;
  return { accessKeyId, name, operations, keyIds };
}
