/**
 * Who asks: the signature of a request, verified before anything else of it is looked at.
 * @module
 */
import { readClaim } from '../../sigv4/read-claim.ts';
import { SignatureError } from '../../sigv4/signature-error.ts';
import type { Claim, SignedRequest } from '../../sigv4/signed-request.ts';
import type { SigningKey, SigningKeys } from '../../sigv4/signing-key.ts';
import { verifyClaim } from '../../sigv4/verify-claim.ts';
import type { Principal } from '../model/principal.ts';
import { S3Error } from '../protocol/s3-error.ts';
import type { AccessKeys } from './access-keys.ts';

const SKEW_MS = 15 * 60_000;

export interface Authenticated {
  readonly principal: Principal;
  readonly claim: Claim;
  /** For the signatures inside the body. */
  readonly signingKey: SigningKey;
}

export interface AuthenticateOptions {
  readonly accessKeys: AccessKeys;
  readonly region: string;
  readonly nowMs: number;
  readonly signingKeys: SigningKeys;
  /** Told whom the request claims to come from, before that is known to be true. */
  readonly onClaim: (accessKeyId: string) => void;
}

/**
 * @throws S3Error `AccessDenied` for a request without a signature, and for a presigned one that has expired;
 * `InvalidAccessKeyId`, `SignatureDoesNotMatch`, `RequestTimeTooSkewed`, `AuthorizationHeaderMalformed`,
 * `AuthorizationQueryParametersError`, `InvalidToken`, `InvalidRequest`
 */
export function authenticate(request: SignedRequest, options: AuthenticateOptions): Authenticated {
  const { accessKeys, region, nowMs, signingKeys: keys } = options;
  const claim = claimOf(request);
  if (claim === undefined) throw new S3Error('AccessDenied', 'Access Denied');
  options.onClaim(claim.accessKeyId);
  refuseSessions(request);
  const known = accessKeys.find(claim.accessKeyId);
  if (known === undefined) throw unknownKey(claim);
  const { secret, principal } = known;
  const rules = { secret, service: 's3', region, nowMs, skewMs: SKEW_MS, keys } as const;
  try {
    const signingKey = verifyClaim(claim, request, { ...rules, pathEncoding: 's3' });
    return { principal, claim, signingKey };
  } catch (error) {
    throw error instanceof SignatureError ? refusal(error, claim, region) : error;
  }
}

function claimOf(request: SignedRequest): Claim | undefined {
  try {
    return readClaim(request);
  } catch (error) {
    if (!(error instanceof SignatureError)) throw error;
    if (error.reason === 'unsupported') throw unsupported(error);
    const isHeader = request.headers.has('authorization');
    const code = isHeader ? 'AuthorizationHeaderMalformed' : 'AuthorizationQueryParametersError';
    throw new S3Error(code, error.detail, { cause: error });
  }
}

/** Keys of this server are never temporary. */
function refuseSessions({ headers, target }: SignedRequest): void {
  if (!headers.has('x-amz-security-token') && !/[?&]x-amz-security-token=/i.test(target)) return;
  throw new S3Error('InvalidToken', 'The provided token is malformed or otherwise invalid.');
}

function unknownKey({ accessKeyId }: Claim): S3Error {
  return new S3Error(
    'InvalidAccessKeyId',
    'The AWS Access Key Id you provided does not exist in our records.',
    { detail: { AWSAccessKeyId: accessKeyId } },
  );
}

function refusal(error: SignatureError, claim: Claim, region: string): S3Error {
  const cause = error;
  const malformed =
    claim.kind === 'header' ? 'AuthorizationHeaderMalformed' : 'AuthorizationQueryParametersError';
  switch (error.reason) {
    case 'mismatch':
      return signatureMismatch(error);
    case 'skewed': {
      const message = 'The difference between the request time and the current time is too large.';
      return new S3Error('RequestTimeTooSkewed', message, { cause });
    }
    case 'expired':
      return new S3Error('AccessDenied', 'Request has expired', { cause });
    case 'scope':
      // Clients that see the region try again with that one.
      return new S3Error(malformed, error.detail, { detail: { Region: region }, cause });
    case 'malformed':
      return new S3Error(malformed, error.detail, { cause });
    case 'unsupported':
      return unsupported(error);
    default:
      return error.reason satisfies never;
  }
}

/** For the signature of a request, and for those inside its body. */
export function signatureMismatch(cause: SignatureError): S3Error {
  const message =
    'The request signature we calculated does not match the signature you provided. ' +
    'Check your key and signing method.';
  return new S3Error('SignatureDoesNotMatch', message, { cause });
}

function unsupported(cause: SignatureError): S3Error {
  const message =
    'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.';
  return new S3Error('InvalidRequest', message, { cause });
}
