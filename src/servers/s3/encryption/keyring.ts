/**
 * Data keys of objects: made, kept wrapped, and opened again. The one door between operations and
 * the master key, the KMS, and keys that customers bring.
 * @module
 */
import type { EncryptionRecord } from '../model/object-version.ts';

/** What is asked for: by headers, else by the bucket, else SSE-S3. */
export type EncryptionWish =
  | { readonly kind: 'sse-s3' }
  | {
      readonly kind: 'sse-kms';
      /** Undefined: the server's own default key. */
      readonly keyId: string | undefined;
      readonly context: Readonly<Record<string, string>>;
      readonly bucketKeyEnabled: boolean;
    }
  | { readonly kind: 'sse-c'; readonly customerKey: CustomerKey };

export interface CustomerKey {
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** Base64, verified against `key`. */
  readonly md5: string;
}

export interface ObjectPlace {
  readonly bucket: string;
  readonly key: string;
}

/** A data key in use: wiped when its owner is done with it. */
export interface DataKey extends Disposable {
  readonly bytes: Uint8Array;
}

export interface Keyring {
  /**
   * @throws S3Error `KMS.NotFoundException`, `KMS.DisabledException`,
   * `KMS.KMSInvalidStateException`, `AccessDenied`, `ServiceUnavailable` where the KMS does not
   * give a key: nothing is ever stored plain
   */
  create(
    place: ObjectPlace,
    wish: EncryptionWish,
  ): Promise<{ readonly dataKey: DataKey; readonly record: EncryptionRecord }>;

  /**
   * @param customerKey for what was stored with one, and only then
   * @throws S3Error as `create`; `InvalidRequest` for a customer key that is missing or not asked
   * for, `AccessDenied` for a wrong one
   */
  open(
    place: ObjectPlace,
    record: EncryptionRecord,
    customerKey: CustomerKey | undefined,
  ): Promise<DataKey>;
}
