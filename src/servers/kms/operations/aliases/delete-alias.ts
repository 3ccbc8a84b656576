/**
 * DeleteAlias.
 * @module
 */
import type { KmsOperation } from '../../call.ts';
import { KmsError } from '../../kms-error.ts';
import { Members } from '../input/members.ts';
import { readAliasName } from './alias-name.ts';
import { currentTarget } from './alias-target.ts';

export const deleteAlias: KmsOperation = {
  name: 'DeleteAlias',
  async run(input, call) {
    const name = readAliasName(new Members(input));
    const { keys } = call;
    const before = currentTarget(name, call);
    call.authorize(before, { action: 'DeleteAlias' });
    await keys.write(() => {
      if (currentTarget(name, call).id !== before.id) {
        throw new KmsError('ConflictException', 'the alias was changed by another request');
      }
      keys.aliases.remove(name);
    });
    return {};
  },
};
