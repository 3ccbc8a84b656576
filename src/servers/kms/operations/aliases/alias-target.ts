/**
 * The keys that aliases point to.
 * @module
 */
import type { KmsCall } from '../../call.ts';
import type { KmsKey } from '../../keys/key.ts';
import { KmsError } from '../../kms-error.ts';
import { requireNotPending } from '../input/key-state.ts';
import type { Members } from '../input/members.ts';
import { namedKeyItself } from '../input/named-key.ts';

/** The quota of AWS. */
export const ALIASES_OF_KEY_MAX = 50;

/**
 * The key that the alias is to point to.
 * @throws KmsError `ValidationException` for another alias; `NotFoundException`, `AccessDeniedException`
 */
export function readTarget(members: Members, call: KmsCall, action: string): KmsKey {
  const text = members.needText('TargetKeyId', { min: 1, max: 2048 });
  if (call.keys.names.parse(text).kind === 'alias') {
    throw new KmsError('ValidationException', 'Aliases must refer to keys. Not aliases');
  }
  return namedKeyItself(members, call, { member: 'TargetKeyId', action });
}

/**
 * The key that an alias points to now.
 * @throws KmsError `NotFoundException`
 */
export function currentTarget(name: string, call: KmsCall): KmsKey {
  return call.keys.resolve(name, call.nowMs);
}

/**
 * That a key, as it is when the change is made, may have one more alias.
 * @throws KmsError `KMSInvalidStateException`, `LimitExceededException`
 */
export function requireRoomForAlias(key: KmsKey, call: KmsCall): void {
  requireNotPending(key);
  if (call.keys.aliases.countOf(key.id) < ALIASES_OF_KEY_MAX) return;
  const what = `${key.arn} has ${ALIASES_OF_KEY_MAX} aliases already`;
  throw new KmsError('LimitExceededException', what);
}
