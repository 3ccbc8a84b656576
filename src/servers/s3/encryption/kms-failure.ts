/**
 * What a KMS says when it gives no key, in S3's words. Nothing of its own message goes out: it may
 * name hosts and principals that are the server's business.
 * @module
 */
import { S3Error } from '../protocol/s3-error.ts';
import type { S3ErrorCode } from '../protocol/s3-error.ts';

const MEANING: Readonly<Record<string, readonly [S3ErrorCode, string]>> = {
  NotFoundException: ['KMS.NotFoundException', 'The KMS key does not exist.'],
  DisabledException: ['KMS.DisabledException', 'The KMS key is disabled.'],
  KMSInvalidStateException: [
    'KMS.KMSInvalidStateException',
    'The KMS key is in a state in which it cannot be used, such as pending deletion.',
  ],
  AccessDeniedException: ['AccessDenied', 'The KMS does not let this server use the key.'],
  InvalidArnException: ['InvalidArgument', 'The KMS key id is not well-formed.'],
  ValidationException: ['InvalidArgument', 'The KMS does not accept the key id or the context.'],
  InvalidKeyUsageException: ['InvalidArgument', 'The KMS key is not one to encrypt with.'],
  InvalidCiphertextException: [
    'AccessDenied',
    'The KMS does not recognise the key of this object, or its encryption context.',
  ],
  IncorrectKeyException: ['AccessDenied', 'The object was encrypted under another KMS key.'],
};

export function kmsFailure(error: unknown): S3Error {
  if (error instanceof S3Error) return error;
  const name = error instanceof Error ? error.name : '';
  const known = Object.hasOwn(MEANING, name) ? MEANING[name] : undefined;
  if (known) return new S3Error(known[0], known[1], { cause: error });
  return new S3Error('ServiceUnavailable', 'The KMS gives no answer. Please retry later.', {
    cause: error,
  });
}
