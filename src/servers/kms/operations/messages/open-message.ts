/**
 * Opening what a request brings sealed, for Decrypt and ReEncrypt.
 * @module
 */
import type { KmsCall } from '../../call.ts';
import type { Ciphertext } from '../../crypto/ciphertext.ts';
import { openCiphertext, readCiphertext } from '../../crypto/ciphertext.ts';
import type { EncryptionContext } from '../../crypto/encryption-context.ts';
import { keyMaterialId } from '../../keys/key-versions.ts';
import type { KmsKey } from '../../keys/key.ts';
import { KmsError } from '../../kms-error.ts';
import { ignoresCiphertext } from '../input/dry-run.ts';
import { requireUsable } from '../input/key-state.ts';
import type { Members } from '../input/members.ts';
import { namedKey } from '../input/named-key.ts';
import { CIPHERTEXT } from './message-limits.ts';

export interface Opening {
  /** The member that may name the key. */
  readonly member: string;
  /** As policies call it. */
  readonly action: string;
  readonly operation: string;
  readonly context: EncryptionContext;
}

export interface OpenedMessage {
  readonly key: KmsKey;
  /** The caller's to wipe. Empty in a dry run that ignores the ciphertext. */
  readonly plaintext: Buffer;
  readonly keyMaterialId: string;
}

/**
 * Opens `CiphertextBlob` with the key that it names itself, and only with the one that the request names
 * where it does.
 * @throws KmsError `InvalidCiphertextException` for whatever is wrong with the blob or its context,
 * `IncorrectKeyException`, `AccessDeniedException`, and what the key's name or state throws
 */
export function openMessage(members: Members, call: KmsCall, opening: Opening): OpenedMessage {
  if (ignoresCiphertext(members)) return pretendToOpen(members, call, opening);
  const blob = members.needBytes('CiphertextBlob', CIPHERTEXT);
  const { member, action, operation, context } = opening;
  const named = members.has(member) ? namedKey(members, call, opening) : undefined;
  if (named !== undefined) requireUsable(named, 'ENCRYPT_DECRYPT', operation);
  const ciphertext = readCiphertext(blob);
  if (ciphertext === undefined) throw invalidCiphertext();
  if (named !== undefined && named.id !== ciphertext.keyId) throw incorrectKey();
  const key = named ?? call.keys.find(ciphertext.keyId, call.nowMs);
  if (key === undefined) throw invalidCiphertext();
  if (named === undefined) {
    call.authorize(key, { action, context });
    requireUsable(key, 'ENCRYPT_DECRYPT', operation);
  }
  return { key, ...open(call, ciphertext, context) };
}

function open(
  call: KmsCall,
  ciphertext: Ciphertext,
  context: EncryptionContext,
): Omit<OpenedMessage, 'key'> {
  const { keyId, keyVersion } = ciphertext;
  const plaintext = call.keys.versions.use(keyId, keyVersion, (material) =>
    openCiphertext(ciphertext, material, context),
  );
  if (plaintext === undefined) throw invalidCiphertext();
  return { plaintext, keyMaterialId: keyMaterialId(keyId, keyVersion) };
}

/** A dry run of the permission alone: the key has to be named, the blob need not be there. */
function pretendToOpen(members: Members, call: KmsCall, opening: Opening): OpenedMessage {
  const key = namedKey(members, call, opening);
  requireUsable(key, 'ENCRYPT_DECRYPT', opening.operation);
  return { key, plaintext: Buffer.alloc(0), keyMaterialId: '' };
}

/** The same for every cause: what is wrong is nobody's business but the owner's. */
function invalidCiphertext(): KmsError {
  const what =
    'the ciphertext is not valid for any key here, or the encryption context is not its own';
  return new KmsError('InvalidCiphertextException', what);
}

/** In AWS's words. */
function incorrectKey(): KmsError {
  const what = 'The key ID in the request does not identify a CMK that can perform this operation.';
  return new KmsError('IncorrectKeyException', what);
}
