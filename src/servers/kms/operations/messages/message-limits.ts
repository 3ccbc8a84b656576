/**
 * What messages, ciphertexts and MACs may measure, and the algorithm they are under.
 * @module
 */
import { KmsError } from '../../kms-error.ts';
import type { Members } from '../input/members.ts';

/** In bytes, as the API has them. */
export const PLAINTEXT = { min: 1, max: 4096 };
export const CIPHERTEXT = { min: 1, max: 6144 };

export const SYMMETRIC = 'SYMMETRIC_DEFAULT';

const ALGORITHMS_OF_AWS = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256', 'SM2PKE', SYMMETRIC];

/**
 * Refuses every algorithm but that of symmetric keys.
 * @throws KmsError `InvalidKeyUsageException`, `ValidationException`
 */
export function checkAlgorithm(members: Members, member = 'EncryptionAlgorithm'): void {
  const asked = members.choice(member, ALGORITHMS_OF_AWS) ?? SYMMETRIC;
  if (asked === SYMMETRIC) return;
  const what = `Algorithm ${asked} is incompatible with key spec ${SYMMETRIC}.`;
  throw new KmsError('InvalidKeyUsageException', what);
}

/**
 * There are no enclaves here; an answer in plain text would be worse than none.
 * @throws KmsError `UnsupportedOperationException`
 */
export function refuseRecipient(members: Members): void {
  if (!members.has('Recipient')) return;
  const what = 'Recipient is not supported by this server';
  throw new KmsError('UnsupportedOperationException', what);
}
