/**
 * A key as everybody may see it: what it is for and in which state. Never its material.
 * @module
 */

/** What a key can be. */
export type KeySpec = 'SYMMETRIC_DEFAULT' | 'HMAC_224' | 'HMAC_256' | 'HMAC_384' | 'HMAC_512';

export type KeyUsage = 'ENCRYPT_DECRYPT' | 'GENERATE_VERIFY_MAC';

export type KeyState = 'Enabled' | 'Disabled' | 'PendingDeletion';

/** Bytes of key material, and the one MAC algorithm of an HMAC key. Lengths: FIPS 198-1's output. */
export const KEY_SPECS: Readonly<
  Record<KeySpec, { usage: KeyUsage; lengthBytes: number; macAlgorithm?: string }>
> = {
  SYMMETRIC_DEFAULT: { usage: 'ENCRYPT_DECRYPT', lengthBytes: 32 },
  HMAC_224: { usage: 'GENERATE_VERIFY_MAC', lengthBytes: 28, macAlgorithm: 'HMAC_SHA_224' },
  HMAC_256: { usage: 'GENERATE_VERIFY_MAC', lengthBytes: 32, macAlgorithm: 'HMAC_SHA_256' },
  HMAC_384: { usage: 'GENERATE_VERIFY_MAC', lengthBytes: 48, macAlgorithm: 'HMAC_SHA_384' },
  HMAC_512: { usage: 'GENERATE_VERIFY_MAC', lengthBytes: 64, macAlgorithm: 'HMAC_SHA_512' },
};

export interface KmsKey {
  /** A lower-case UUID. */
  readonly id: string;
  readonly arn: string;
  readonly spec: KeySpec;
  readonly usage: KeyUsage;
  readonly state: KeyState;
  readonly description: string;
  /** The policy's JSON text as it was given. */
  readonly policy: string;
  readonly createdMs: number;
  /** While its deletion is pending. */
  readonly deletion: { readonly dueMs: number; readonly windowDays: number } | undefined;
  /** The version that encrypts, from 1. */
  readonly version: number;
  /** Undefined: not rotated on its own. */
  readonly rotation: { readonly periodDays: number; readonly nextMs: number } | undefined;
}
