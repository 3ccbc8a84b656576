/**
 * GetKeyRotationStatus.
 * @module
 */
import type { KmsOperation } from '../../call.ts';
import { requireRotatable } from '../input/key-state.ts';
import { Members } from '../input/members.ts';
import { namedKeyItself } from '../input/named-key.ts';
import { epochSeconds } from '../keys/key-metadata.ts';

export const getKeyRotationStatus: KmsOperation = {
  name: 'GetKeyRotationStatus',
  run(input, call) {
    const members = new Members(input);
    const key = namedKeyItself(members, call, { action: 'GetKeyRotationStatus' });
    requireRotatable(key);
    // A key pending deletion is not rotated, but will be again where its deletion is cancelled.
    const rotation = key.state === 'PendingDeletion' ? undefined : key.rotation;
    if (rotation === undefined) return { KeyId: key.id, KeyRotationEnabled: false };
    return {
      KeyId: key.id,
      KeyRotationEnabled: true,
      RotationPeriodInDays: rotation.periodDays,
      NextRotationDate: epochSeconds(rotation.nextMs),
    };
  },
};
