/**
 * Policies as requests give them.
 * @module
 */
import { allows } from '../../access/evaluate-policy.ts';
import type { KeyPolicy } from '../../access/key-policy.ts';
import { POLICY_BYTES_MAX, parseKeyPolicy } from '../../access/key-policy.ts';
import { userArn } from '../../access/policy-principal.ts';
import type { KmsCall } from '../../call.ts';
import { KmsError } from '../../kms-error.ts';
import type { Members } from '../input/members.ts';

/** The API's `PolicyType`. */
const POLICY = { min: 1, max: 131_072, pattern: /^[\t\n\r\u0020-\u00FF]+$/ };

/** The one name that a policy can have. */
export const POLICY_NAME = 'default';

/**
 * @returns undefined where there is none
 * @throws KmsError `ValidationException`, `LimitExceededException`
 */
export function readPolicy(members: Members): string | undefined {
  const text = members.text('Policy', POLICY);
  if (text !== undefined && Buffer.byteLength(text) > POLICY_BYTES_MAX) {
    const what = `the policy takes more than ${POLICY_BYTES_MAX} bytes`;
    throw new KmsError('LimitExceededException', what);
  }
  return text;
}

/** @throws KmsError `NotFoundException` for another name than the one there is */
export function checkPolicyName(members: Members): void {
  const name = members.text('PolicyName', { min: 1, max: 128, pattern: /^\w+$/ });
  if (name === undefined || name === POLICY_NAME) return;
  throw new KmsError('NotFoundException', 'No such policy exists');
}

export interface NewPolicy {
  readonly text: string;
  /** Of the key that it is for. */
  readonly keyArn: string;
}

/**
 * That the policy can be kept, and lets its caller put another one later, unless the request waives that.
 * @throws KmsError `MalformedPolicyDocumentException`
 */
export function requireNoLockout(members: Members, asked: NewPolicy, call: KmsCall): void {
  const policy = parseKeyPolicy(asked.text, call.account);
  if (members.flag('BypassPolicyLockoutSafetyCheck')) return;
  if (mayPutAgain(policy, asked.keyArn, call)) return;
  const what = 'The new key policy will not allow you to update the key policy in the future.';
  throw new KmsError('MalformedPolicyDocumentException', what);
}

function mayPutAgain(policy: KeyPolicy, keyArn: string, call: KmsCall): boolean {
  const principalArn = userArn(call.account, call.principal.name);
  const facts = new Map([
    ['aws:principalarn', [principalArn]],
    ['aws:username', [call.principal.name]],
    ['kms:calleraccount', [call.account]],
  ]);
  return allows(policy, { principalArn, action: 'PutKeyPolicy', keyArn, facts });
}
