/**
 * Asks the bucket policy once more, where only the body of a request shows what it is about.
 * @module
 */
import type { Call } from '../protocol/operation.ts';
import { S3Error } from '../protocol/s3-error.ts';
import type { PolicyTarget } from './conditions/condition-keys.ts';
import { evaluatePolicy } from './evaluate-policy.ts';
import { policyFactsFor } from './policy-facts.ts';

/**
 * @param more condition keys in lower case with their values, such as `s3:object-lock-mode`
 * @throws S3Error `AccessDenied`
 */
export function assertNotDenied(
  call: Call,
  target: PolicyTarget,
  more?: ReadonlyMap<string, string>,
): void {
  if (!isDenied(call, target, more)) return;
  throw new S3Error('AccessDenied', 'Access Denied');
}

/** Whether the policy of the target's bucket has a Deny that fits. */
export function isDenied(
  call: Call,
  target: PolicyTarget,
  more?: ReadonlyMap<string, string>,
): boolean {
  const text = call.catalog.bucket(target.bucket)?.policy;
  return text !== undefined && evaluatePolicy(text, policyFactsFor(call, target, more)) === 'deny';
}
