/**
 * Every operation this KMS knows, by its name in the API.
 * @module
 */
import type { KmsOperation } from '../call.ts';
import { createAlias } from './aliases/create-alias.ts';
import { deleteAlias } from './aliases/delete-alias.ts';
import { listAliases } from './aliases/list-aliases.ts';
import { updateAlias } from './aliases/update-alias.ts';
import { cancelKeyDeletion } from './keys/cancel-key-deletion.ts';
import { createKey } from './keys/create-key.ts';
import { describeKey } from './keys/describe-key.ts';
import { disableKey, enableKey } from './keys/enable-key.ts';
import { listKeys } from './keys/list-keys.ts';
import { scheduleKeyDeletion } from './keys/schedule-key-deletion.ts';
import { updateKeyDescription } from './keys/update-key-description.ts';
import { decrypt } from './messages/decrypt.ts';
import { encrypt } from './messages/encrypt.ts';
import { generateDataKey, generateDataKeyWithoutPlaintext } from './messages/generate-data-key.ts';
import { generateMac } from './messages/generate-mac.ts';
import { generateRandom } from './messages/generate-random.ts';
import { reEncrypt } from './messages/re-encrypt.ts';
import { verifyMac } from './messages/verify-mac.ts';
import { getKeyPolicy } from './policies/get-key-policy.ts';
import { listKeyPolicies } from './policies/list-key-policies.ts';
import { putKeyPolicy } from './policies/put-key-policy.ts';
import { disableKeyRotation, enableKeyRotation } from './rotation/enable-key-rotation.ts';
import { getKeyRotationStatus } from './rotation/get-key-rotation-status.ts';
import { listKeyRotations } from './rotation/list-key-rotations.ts';
import { rotateKeyOnDemand } from './rotation/rotate-key-on-demand.ts';
import { listResourceTags } from './tags/list-resource-tags.ts';
import { tagResource } from './tags/tag-resource.ts';
import { untagResource } from './tags/untag-resource.ts';

const ALL: readonly KmsOperation[] = [
  cancelKeyDeletion,
  createAlias,
  createKey,
  decrypt,
  deleteAlias,
  describeKey,
  disableKey,
  disableKeyRotation,
  enableKey,
  enableKeyRotation,
  encrypt,
  generateDataKey,
  generateDataKeyWithoutPlaintext,
  generateMac,
  generateRandom,
  getKeyPolicy,
  getKeyRotationStatus,
  listAliases,
  listKeyPolicies,
  listKeyRotations,
  listKeys,
  listResourceTags,
  putKeyPolicy,
  reEncrypt,
  rotateKeyOnDemand,
  scheduleKeyDeletion,
  tagResource,
  untagResource,
  updateAlias,
  updateKeyDescription,
  verifyMac,
];

export const OPERATIONS: ReadonlyMap<string, KmsOperation> = new Map(
  ALL.map((operation) => [operation.name, operation]),
);
