/**
 * Which state and kind of key an operation asks for.
 * Source: "Key states of AWS KMS keys", the table of states and operations.
 * @module
 */
import type { KeyUsage, KmsKey } from '../../keys/key.ts';
import { KmsError } from '../../kms-error.ts';

/** @throws KmsError `KMSInvalidStateException` */
export function requireNotPending(key: KmsKey): void {
  if (key.state !== 'PendingDeletion') return;
  throw new KmsError('KMSInvalidStateException', `${key.arn} is pending deletion.`);
}

/** @throws KmsError `DisabledException`, `KMSInvalidStateException` */
export function requireEnabled(key: KmsKey): void {
  requireNotPending(key);
  if (key.state === 'Enabled') return;
  throw new KmsError('DisabledException', `${key.arn} is disabled.`);
}

/**
 * For whatever uses key material.
 * @throws KmsError `DisabledException`, `KMSInvalidStateException`, `InvalidKeyUsageException`
 */
export function requireUsable(key: KmsKey, usage: KeyUsage, operation: string): void {
  requireEnabled(key);
  if (key.usage === usage) return;
  const what = `${key.arn} key usage is ${key.usage} which is not valid for ${operation}.`;
  throw new KmsError('InvalidKeyUsageException', what);
}

/**
 * Only keys that encrypt are rotated: a code of an old HMAC key could not be told from a wrong one.
 * @throws KmsError `UnsupportedOperationException`
 */
export function requireRotatable(key: KmsKey): void {
  if (key.usage === 'ENCRYPT_DECRYPT') return;
  const what = `${key.arn} is an HMAC key: only symmetric encryption keys can be rotated`;
  throw new KmsError('UnsupportedOperationException', what);
}
