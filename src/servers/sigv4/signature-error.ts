/**
 * Why a signature is not accepted.
 * @module
 */

/**
 * `malformed`: no signature can be read from it. `mismatch`: it is another one than the secret gives.
 * `skewed`: made too far from now. `expired`: a presigned request whose time is over. `scope`: for another
 * day, region or service. `unsupported`: a way of signing that these servers do not know.
 */
export type SignatureFault =
  'malformed' | 'mismatch' | 'skewed' | 'expired' | 'scope' | 'unsupported';

/** Each server answers it with the error that its AWS original has for `reason`. */
export class SignatureError extends Error {
  override readonly name = 'SignatureError';
  readonly reason: SignatureFault;
  /** A sentence for the client. Holds nothing that was computed with a secret. */
  readonly detail: string;

  constructor(reason: SignatureFault, detail: string) {
    super(detail);
    this.reason = reason;
    this.detail = detail;
  }
}
