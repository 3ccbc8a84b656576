/**
 * Sealing under the version of a key that encrypts now.
 * @module
 */
import type { KmsCall } from '../../call.ts';
import { sealCiphertext } from '../../crypto/ciphertext.ts';
import type { EncryptionContext } from '../../crypto/encryption-context.ts';
import { keyMaterialId } from '../../keys/key-versions.ts';
import type { KmsKey } from '../../keys/key.ts';
import { KmsError } from '../../kms-error.ts';

export interface SealedMessage {
  /** Base64. */
  readonly blob: string;
  readonly keyMaterialId: string;
}

/**
 * @param key that may be used; rotated first where that is due
 * @throws KmsError `NotFoundException` where it was deleted meanwhile
 */
export async function sealMessage(
  call: KmsCall,
  key: KmsKey,
  plaintext: Uint8Array,
  context: EncryptionContext,
): Promise<SealedMessage> {
  const { id: keyId, version: keyVersion, arn } = await call.keys.rotateIfDue(key, call.nowMs);
  const blob = call.keys.versions.use(keyId, keyVersion, (material) => {
    const { random } = call;
    return sealCiphertext(plaintext, { keyId, keyVersion, material, context, random });
  });
  if (blob === undefined) throw new KmsError('NotFoundException', `Key '${arn}' does not exist`);
  return { blob: blob.toString('base64'), keyMaterialId: keyMaterialId(keyId, keyVersion) };
}
