/**
 * ListKeyPolicies.
 * @module
 */
import type { KmsOperation } from '../../call.ts';
import { Members } from '../input/members.ts';
import { namedKeyItself } from '../input/named-key.ts';
import { readPageWish } from '../input/paging.ts';
import { POLICY_NAME } from './policy-text.ts';

/** There is one policy, always: a list of one page. */
export const listKeyPolicies: KmsOperation = {
  name: 'ListKeyPolicies',
  run(input, call) {
    const members = new Members(input);
    readPageWish(members, 'policies');
    namedKeyItself(members, call, { action: 'ListKeyPolicies' });
    return { PolicyNames: [POLICY_NAME], Truncated: false };
  },
};
