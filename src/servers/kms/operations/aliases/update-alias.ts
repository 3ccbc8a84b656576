/**
 * UpdateAlias.
 * @module
 */
import type { KmsOperation } from '../../call.ts';
import { KmsError } from '../../kms-error.ts';
import { Members } from '../input/members.ts';
import { readAliasName } from './alias-name.ts';
import { currentTarget, readTarget, requireRoomForAlias } from './alias-target.ts';

export const updateAlias: KmsOperation = {
  name: 'UpdateAlias',
  async run(input, call) {
    const members = new Members(input);
    const name = readAliasName(members);
    const { keys, nowMs } = call;
    const before = currentTarget(name, call);
    call.authorize(before, { action: 'UpdateAlias' });
    const target = readTarget(members, call, 'UpdateAlias');
    if (target.usage !== before.usage) {
      const what = 'Aliases cannot be changed to a key of another type or usage';
      throw new KmsError('ValidationException', what);
    }
    await keys.change(target.id, nowMs, (key) => {
      // It may have been pointed elsewhere while this waited, to a key that nobody was asked about.
      if (currentTarget(name, call).id !== before.id) throw changedMeanwhile();
      if (key.id !== before.id) requireRoomForAlias(key, call);
      keys.aliases.point(name, key.id, nowMs);
      return key;
    });
    return {};
  },
};

function changedMeanwhile(): KmsError {
  return new KmsError('ConflictException', 'the alias was changed by another request');
}
