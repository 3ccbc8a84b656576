/**
 * The KMS as the keyring needs it: two questions, with errors that a client of ours can act on.
 * @module
 */
import type { EncryptionContext } from './encryption-context.ts';

export interface KmsDataKey {
  /** 32 bytes; the receiver wipes them. */
  readonly plain: Uint8Array;
  /** ARN of the key that wrapped it. */
  readonly keyArn: string;
  /** What only the KMS can open. */
  readonly blob: Uint8Array;
}

export interface KmsClient {
  /**
   * @param keyId id, ARN or alias; undefined: the server's default key
   * @throws S3Error `KMS.NotFoundException`, `KMS.DisabledException`,
   * `KMS.KMSInvalidStateException`, `AccessDenied`, `InvalidArgument`, `ServiceUnavailable`
   */
  generate(keyId: string | undefined, context: EncryptionContext): Promise<KmsDataKey>;

  /**
   * @returns 32 bytes; the receiver wipes them
   * @throws S3Error as `generate`
   */
  decrypt(keyArn: string, blob: Uint8Array, context: EncryptionContext): Promise<Uint8Array>;

  close(): void;
}
