/**
 * RotateKeyOnDemand.
 * @module
 */
import type { KmsOperation } from '../../call.ts';
import type { KmsKey } from '../../keys/key.ts';
import { KmsError } from '../../kms-error.ts';
import { requireEnabled, requireRotatable } from '../input/key-state.ts';
import { Members } from '../input/members.ts';
import { namedKeyItself } from '../input/named-key.ts';

/** The quota of AWS, for the whole life of a key. */
const ON_DEMAND_MAX = 25;

/** How near a rotation on schedule may be, as AWS has it. */
const NEAR_MS = 20 * 60_000;

export const rotateKeyOnDemand: KmsOperation = {
  name: 'RotateKeyOnDemand',
  async run(input, call) {
    const { keys, nowMs } = call;
    const members = new Members(input);
    const { id } = namedKeyItself(members, call, { action: 'RotateKeyOnDemand' });
    await keys.change(id, nowMs, (key) => {
      requireRotatable(key);
      requireEnabled(key);
      requireNoneNear(key, nowMs);
      if (keys.versions.countOnDemand(id) >= ON_DEMAND_MAX) {
        const what = `${key.arn} was rotated on demand ${ON_DEMAND_MAX} times already`;
        throw new KmsError('LimitExceededException', what);
      }
      return keys.rotated(key, 'ON_DEMAND', nowMs);
    });
    return { KeyId: id };
  },
};

function requireNoneNear(key: KmsKey, nowMs: number): void {
  if (key.rotation === undefined || key.rotation.nextMs - nowMs > NEAR_MS) return;
  const what = `${key.arn} is to be rotated on schedule within the next 20 minutes`;
  throw new KmsError('ConflictException', what);
}
