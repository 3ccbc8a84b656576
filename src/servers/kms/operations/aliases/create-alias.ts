/**
 * CreateAlias.
 * @module
 */
import type { KmsOperation } from '../../call.ts';
import { KmsError } from '../../kms-error.ts';
import { Members } from '../input/members.ts';
import { readAliasName } from './alias-name.ts';
import { readTarget, requireRoomForAlias } from './alias-target.ts';

export const createAlias: KmsOperation = {
  name: 'CreateAlias',
  async run(input, call) {
    const members = new Members(input);
    const name = readAliasName(members);
    const { keys, nowMs } = call;
    const target = readTarget(members, call, 'CreateAlias');
    await keys.change(target.id, nowMs, (key) => {
      if (keys.aliases.find(name) !== undefined) {
        const arn = keys.names.aliasArn(name);
        throw new KmsError(
          'AlreadyExistsException',
          `An alias with the name ${arn} already exists`,
        );
      }
      requireRoomForAlias(key, call);
      keys.aliases.add(name, key.id, nowMs);
      return key;
    });
    return {};
  },
};
