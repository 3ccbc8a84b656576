/**
 * PutKeyPolicy.
 * @module
 */
import type { KmsOperation } from '../../call.ts';
import { KmsError } from '../../kms-error.ts';
import { Members } from '../input/members.ts';
import { namedKeyItself } from '../input/named-key.ts';
import { checkPolicyName, readPolicy, requireNoLockout } from './policy-text.ts';

export const putKeyPolicy: KmsOperation = {
  name: 'PutKeyPolicy',
  async run(input, call) {
    const members = new Members(input);
    const policy = readPolicy(members);
    if (policy === undefined) throw new KmsError('ValidationException', 'Policy has to be given');
    const { id, arn: keyArn } = namedKeyItself(members, call, { action: 'PutKeyPolicy' });
    checkPolicyName(members);
    requireNoLockout(members, { text: policy, keyArn }, call);
    await call.keys.change(id, call.nowMs, (key) => ({ ...key, policy }));
    return {};
  },
};
