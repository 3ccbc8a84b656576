/**
 * CancelKeyDeletion.
 * @module
 */
import type { KmsOperation } from '../../call.ts';
import { KmsError } from '../../kms-error.ts';
import { Members } from '../input/members.ts';
import { namedKeyItself } from '../input/named-key.ts';

export const cancelKeyDeletion: KmsOperation = {
  name: 'CancelKeyDeletion',
  async run(input, call) {
    const members = new Members(input);
    const { id, arn } = namedKeyItself(members, call, { action: 'CancelKeyDeletion' });
    await call.keys.change(id, call.nowMs, (key) => {
      if (key.state !== 'PendingDeletion') {
        throw new KmsError('KMSInvalidStateException', `${arn} is not pending deletion.`);
      }
      return { ...key, state: 'Disabled', deletion: undefined };
    });
    return { KeyId: arn };
  },
};
