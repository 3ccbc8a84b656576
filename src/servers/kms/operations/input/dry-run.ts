/**
 * Dry runs: a request that would have succeeded fails with its own error.
 * @module
 */
import { KmsError } from '../../kms-error.ts';
import type { Members } from './members.ts';

/**
 * To be called when everything is checked and nothing done yet.
 * @throws KmsError `DryRunOperationException`
 */
export function endDryRun(members: Members): void {
  if (!members.flag('DryRun')) return;
  const what = 'The request would have succeeded, but the DryRun option is set.';
  throw new KmsError('DryRunOperationException', what);
}

/** Whether only the permission is asked for, so that a ciphertext need not be right, or even there. */
export function ignoresCiphertext(members: Members): boolean {
  const modifiers = members.choices('DryRunModifiers', ['IGNORE_CIPHERTEXT']);
  return modifiers.length > 0 && members.flag('DryRun');
}
