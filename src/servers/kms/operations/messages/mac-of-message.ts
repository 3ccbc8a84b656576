/**
 * What GenerateMac and VerifyMac have in common.
 * @module
 */
import type { KmsCall } from '../../call.ts';
import { MAC_ALGORITHMS, makeMac } from '../../crypto/mac.ts';
import { KEY_SPECS } from '../../keys/key.ts';
import type { KmsKey } from '../../keys/key.ts';
import { KmsError } from '../../kms-error.ts';
import { requireUsable } from '../input/key-state.ts';
import type { Members } from '../input/members.ts';
import { namedKey, refuseGrantTokens } from '../input/named-key.ts';
import { PLAINTEXT } from './message-limits.ts';

export interface MessageMac {
  readonly key: KmsKey;
  readonly algorithm: string;
  readonly mac: Buffer;
}

/**
 * The MAC of the request's message under the request's key.
 * @throws KmsError as the operations do
 */
export function macOfMessage(members: Members, call: KmsCall, operation: string): MessageMac {
  const message = members.needBytes('Message', PLAINTEXT);
  const algorithm = members.needChoice('MacAlgorithm', MAC_ALGORITHMS);
  refuseGrantTokens(members);
  const key = namedKey(members, call, { action: operation });
  requireUsable(key, 'GENERATE_VERIFY_MAC', operation);
  if (KEY_SPECS[key.spec].macAlgorithm !== algorithm) {
    const what = `Algorithm ${algorithm} is incompatible with key spec ${key.spec}.`;
    throw new KmsError('InvalidKeyUsageException', what);
  }
  const mac = call.keys.versions.use(key.id, key.version, (material) =>
    makeMac(algorithm, material, message),
  );
  if (mac === undefined) throw new KmsError('NotFoundException', `Key '${key.arn}' does not exist`);
  return { key, algorithm, mac };
}
