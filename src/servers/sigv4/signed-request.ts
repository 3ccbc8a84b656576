/**
 * What a signature is over, and what it says of itself.
 * @module
 */

/**
 * The head of a request. Strings hold one byte a character, as HTTP has them (`latin1`): what a client
 * sent in UTF-8 stays the bytes that it signed.
 */
export interface SignedRequest {
  readonly method: string;
  /** Request target as on the wire: path, and `?query` where there is one. */
  readonly target: string;
  /** By lower-case name; what was sent several times is joined by commas. */
  readonly headers: ReadonlyMap<string, string>;
}

/** A signature that was sent, not verified yet: nothing in it is true before `verifyClaim`. */
export interface Claim {
  /** In the `Authorization` header, or in the query of a presigned URL. */
  readonly kind: 'header' | 'query';
  readonly accessKeyId: string;
  /** Day of the scope, `YYYYMMDD`. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  /** Lower case, without repeats. */
  readonly signedHeaders: readonly string[];
  /** 64 characters of lower-case hex. */
  readonly signature: string;
  /** When it was signed, as the client says; whole seconds. */
  readonly timeMs: number;
  /** Of presigned requests only. */
  readonly expiresSeconds?: number;
  /**
   * `x-amz-content-sha256` as it was sent; `UNSIGNED-PAYLOAD` for a presigned request without one; empty for
   * any other without one (boto3 sends none to a KMS: the server hashes the body instead).
   */
  readonly payloadHash: string;
}

export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';
export const ALGORITHM = 'AWS4-HMAC-SHA256';
/** Last part of a scope. */
export const SCOPE_END = 'aws4_request';

/** `20130524T000000Z` */
export function basicTime(timeMs: number): string {
  const iso = new Date(timeMs).toISOString();
  const day = iso.slice(0, 4) + iso.slice(5, 7) + iso.slice(8, 10);
  return `${day}T${iso.slice(11, 13)}${iso.slice(14, 16)}${iso.slice(17, 19)}Z`;
}

/** `20130524/us-east-1/s3/aws4_request` */
export function scopeOf(claim: Pick<Claim, 'date' | 'region' | 'service'>): string {
  return `${claim.date}/${claim.region}/${claim.service}/${SCOPE_END}`;
}
