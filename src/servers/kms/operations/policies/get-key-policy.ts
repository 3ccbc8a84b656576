/**
 * GetKeyPolicy.
 * @module
 */
import type { KmsOperation } from '../../call.ts';
import { Members } from '../input/members.ts';
import { namedKeyItself } from '../input/named-key.ts';
import { POLICY_NAME, checkPolicyName } from './policy-text.ts';

export const getKeyPolicy: KmsOperation = {
  name: 'GetKeyPolicy',
  run(input, call) {
    const members = new Members(input);
    const { policy } = namedKeyItself(members, call, { action: 'GetKeyPolicy' });
    checkPolicyName(members);
    return { Policy: policy, PolicyName: POLICY_NAME };
  },
};
