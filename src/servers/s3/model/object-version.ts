/**
 * One version of an object, and what it is made of.
 * @module
 */
import type { StoredChecksum } from './checksum.ts';
import type { RetentionMode } from './bucket.ts';

/** Name of the version of an object in a bucket that has, or had, no versioning. */
export const NULL_VERSION = 'null';

export interface ObjectVersion {
  readonly bucket: string;
  readonly key: string;
  /** `null`, or 32 characters of hex. */
  readonly versionId: string;
  /** Grows with each version of a key: the newest has the largest. Given by the catalog. */
  readonly sequence: number;
  readonly isLatest: boolean;
  readonly isDeleteMarker: boolean;
  readonly modifiedMs: number;
  /** Access key that wrote it. */
  readonly owner: string;
  /** Of the plain bytes. */
  readonly sizeBytes: number;
  /** Without quotes. */
  readonly etag: string;
  readonly headers: SystemHeaders;
  /** `x-amz-meta-…`, without that prefix, in lower case. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly checksum: StoredChecksum | undefined;
  readonly encryption: EncryptionRecord;
  /**
   * Where its bytes are, in order. This and `parts` of one from the catalog are read when first asked for: in the turn
   * of the event loop in which it was got, or it may be deleted by then (S3Error `NoSuchVersion`).
   */
  readonly extents: readonly Extent[];
  /** Of an object that was uploaded in parts. */
  readonly parts: readonly ObjectPart[] | undefined;
  /** Of the upload in parts that made it: a client that asks again to complete that one is told so. */
  readonly uploadId?: string | undefined;
  readonly lock: ObjectLock;
}

/** What the catalog gives by itself is left out. */
export type NewVersion = Omit<ObjectVersion, 'sequence' | 'isLatest'>;

export interface SystemHeaders {
  readonly 'content-type'?: string;
  readonly 'content-encoding'?: string;
  readonly 'content-disposition'?: string;
  readonly 'content-language'?: string;
  readonly 'cache-control'?: string;
  readonly expires?: string;
  readonly 'x-amz-storage-class'?: string;
  readonly 'x-amz-website-redirect-location'?: string;
}

export interface ObjectLock {
  readonly mode: RetentionMode | undefined;
  readonly retainUntilMs: number | undefined;
  readonly isHeld: boolean;
}

export const NO_LOCK: ObjectLock = { mode: undefined, retainUntilMs: undefined, isHeld: false };

/** A stretch of an object's bytes, sealed, in a file of its own or, where it is small, in the catalog. */
export interface Extent {
  /** 32 characters of hex, never used again. */
  readonly id: string;
  /** Of the plain bytes. */
  readonly sizeBytes: number;
  /** Of what is stored. */
  readonly storedBytes: number;
  /** CRC-32 of what is stored: a scrub without the key finds rot by it. */
  readonly crc32: number;
  readonly isInline: boolean;
}

export interface ObjectPart {
  readonly number: number;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly checksum: string | undefined;
}

/** How the data key of an object is kept. All keys and boxes are base64. */
export type EncryptionRecord =
  | { readonly kind: 'sse-s3'; readonly wrappedKey: string }
  | {
      readonly kind: 'sse-kms';
      /** ARN, as the KMS gave it. */
      readonly keyArn: string;
      /** The KMS's box: of the data key, or of the bucket key where `bucketKey` is set. */
      readonly kmsBlob: string;
      readonly context: Readonly<Record<string, string>>;
      /** The data key, wrapped under the bucket key. Undefined: no bucket key is used. */
      readonly bucketKey: { readonly wrappedKey: string } | undefined;
    }
  | {
      readonly kind: 'sse-c';
      /** The data key, wrapped under the customer's key. */
      readonly wrappedKey: string;
      readonly keyMd5: string;
    }
  /** Of a delete marker: there are no bytes. */
  | { readonly kind: 'none' };
