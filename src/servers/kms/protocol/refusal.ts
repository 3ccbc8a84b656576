/**
 * Why a request is not answered, as AWS KMS would say it.
 * @module
 */
import { isDatabaseFull } from '../../database/database-failure.ts';
import { BodyCut, BodyTooLarge } from '../../http/read-body.ts';
import { SignatureError, type SignatureFault } from '../../sigv4/signature-error.ts';
import { KmsError, type KmsErrorName } from '../kms-error.ts';

/** Source: "Common Errors" of the KMS API. Clients correct their clock at InvalidSignatureException. */
const OF_SIGNATURES: Readonly<Record<SignatureFault, KmsErrorName>> = {
  malformed: 'IncompleteSignatureException',
  unsupported: 'IncompleteSignatureException',
  mismatch: 'InvalidSignatureException',
  scope: 'InvalidSignatureException',
  skewed: 'InvalidSignatureException',
  expired: 'RequestExpired',
};

/** @returns undefined for what is no answer to a client but an accident of ours */
export function refusalOf(error: unknown): KmsError | undefined {
  if (error instanceof KmsError) return error;
  if (error instanceof SignatureError) {
    return new KmsError(OF_SIGNATURES[error.reason], error.detail);
  }
  if (error instanceof BodyTooLarge) {
    return new KmsError('RequestEntityTooLargeException', 'the request is too large');
  }
  if (error instanceof BodyCut) {
    return new KmsError('SerializationException', 'the request broke off');
  }
  if (isDatabaseFull(error)) {
    const message = 'there is no room to store this; nothing was changed';
    return new KmsError('ServiceUnavailableException', message, { cause: error });
  }
  return undefined;
}
