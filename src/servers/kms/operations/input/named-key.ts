/**
 * The key that a request names.
 * @module
 */
import type { KeyUse, KmsCall } from '../../call.ts';
import type { KmsKey } from '../../keys/key.ts';
import { KmsError } from '../../kms-error.ts';
import type { Members } from './members.ts';

export interface Naming extends KeyUse {
  /** `KeyId` where it is left out. */
  readonly member?: string;
}

const KEY_ID = { min: 1, max: 2048 };

/**
 * The key by its id, its ARN, an alias or an alias ARN, after the caller was allowed to use it.
 * @throws KmsError `NotFoundException`, `InvalidArnException`, `AccessDeniedException`
 */
export function namedKey(members: Members, call: KmsCall, naming: Naming): KmsKey {
  const text = members.needText(naming.member ?? 'KeyId', KEY_ID);
  const key = call.keys.resolve(text, call.nowMs);
  call.authorize(key, naming);
  return key;
}

/** As `namedKey`, where AWS takes an id or an ARN of the key itself and no alias. */
export function namedKeyItself(members: Members, call: KmsCall, naming: Naming): KmsKey {
  const text = members.needText(naming.member ?? 'KeyId', KEY_ID);
  if (call.keys.names.parse(text).kind === 'key') return namedKey(members, call, naming);
  const isArn = text.startsWith('arn:');
  throw isArn
    ? new KmsError('InvalidArnException', `${text} is not the ARN of a key`)
    : new KmsError('NotFoundException', `Invalid keyId '${text}'`);
}

/**
 * Grants are not there, and so no token can be of one.
 * @throws KmsError `InvalidGrantTokenException`
 */
export function refuseGrantTokens(members: Members): void {
  const tokens = members.list('GrantTokens') ?? [];
  if (tokens.length === 0) return;
  throw new KmsError('InvalidGrantTokenException', 'this server has no grants');
}
