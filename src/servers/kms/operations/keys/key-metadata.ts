/**
 * What CreateKey and DescribeKey tell of a key.
 * @module
 */
import type { KmsCall } from '../../call.ts';
import { keyMaterialId } from '../../keys/key-versions.ts';
import type { KmsKey } from '../../keys/key.ts';
import { KEY_SPECS } from '../../keys/key.ts';

/** The API's `KeyMetadata`. */
export function keyMetadata(key: KmsKey, call: KmsCall): Record<string, unknown> {
  return {
    AWSAccountId: call.account,
    KeyId: key.id,
    Arn: key.arn,
    CreationDate: epochSeconds(key.createdMs),
    Enabled: key.state === 'Enabled',
    Description: key.description,
    KeyUsage: key.usage,
    KeyState: key.state,
    ...(key.deletion && { DeletionDate: epochSeconds(key.deletion.dueMs) }),
    Origin: 'AWS_KMS',
    KeyManager: 'CUSTOMER',
    CustomerMasterKeySpec: key.spec,
    KeySpec: key.spec,
    ...algorithms(key),
    MultiRegion: false,
  };
}

function algorithms(key: KmsKey): Record<string, unknown> {
  const { macAlgorithm } = KEY_SPECS[key.spec];
  if (macAlgorithm !== undefined) return { MacAlgorithms: [macAlgorithm] };
  return {
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    CurrentKeyMaterialId: keyMaterialId(key.id, key.version),
  };
}

/** As JSON 1.1 has times: seconds since 1970, with a fraction. */
export function epochSeconds(ms: number): number {
  return ms / 1000;
}
